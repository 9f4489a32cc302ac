"""Campaigns for tests: Marat's double points on beans."""

from typing import Any

from sqlalchemy.orm import Session

from backend.campaigns import service
from backend.campaigns.models import Campaign
from backend.staff.queries import StaffIdentity
from tests.factories.notifications import TEXTS

MARAT = StaffIdentity(id=None, name="Marat", role="marketer", store_id=None, who="test:marat")


def a_campaign(session: Session, **fields: Any) -> Campaign:
    """A draft of Marat's."""
    values: dict[str, Any] = {
        "name": "Double points on beans",
        "kind": "marketing",
        "segment_id": None,
        "message": TEXTS,
        "rate_per_second": None,
        "starts_at": None,
        "holdout_percent": 0,
    }
    return service.create(session, **(values | fields), by=MARAT)


def a_started_campaign(session: Session, **fields: Any) -> Campaign:
    """A campaign of Marat's that was just started."""
    return service.start(session, campaign_id=a_campaign(session, **fields).id, by=MARAT)
