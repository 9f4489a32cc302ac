"""Grain is open, Alice has a link, and Boris has a browser."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.cabinet.guessing import forget_wrong_codes
from backend.notifications import sealing
from backend.notifications.models import AddressedMessage
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.shared.clock import business_now
from tests.cabinet_landing.visitor import Visitor
from tests.factories.referrals import joins
from tests.factories.shops import a_shop
from tests.factories.till import DEMO_PROGRAMME


@pytest.fixture(autouse=True)
def _open_shop(session: Session, clock: object) -> None:
    a_shop(session)
    programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
    forget_wrong_codes()


@pytest.fixture
def alice(session: Session):
    return joins(session, "Alice")


@pytest.fixture
def code(session: Session, alice) -> str:
    return referrals.own_code(session, member_id=alice, at=business_now() - timedelta(days=1))


@pytest.fixture
def boris(client: FlaskClient) -> Visitor:
    return Visitor(client)


@pytest.fixture
def sent_code(session: Session):
    """The newest one-time code on the phone."""

    def read() -> str:
        row = session.scalars(select(AddressedMessage).order_by(AddressedMessage.id.desc())).first()
        assert row is not None
        code: str = sealing.unseal(row.sealed, row_id=row.id)["facts"]["code"]
        return code

    return read


@pytest.fixture
def settings_with(app: Flask, monkeypatch: pytest.MonkeyPatch):
    """Changes settings of the installation for one test."""
    return lambda **changes: monkeypatch.setitem(app.config, "MOLVA", replace(app.config["MOLVA"], **changes))
