"""An application with one route behind each kind of door, on a database of its own."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Blueprint, Flask, jsonify, render_template_string
from flask.testing import FlaskClient

from backend.shared.db import transaction
from backend.staff import passwords
from backend.staff.access import (
    current_staff,
    current_till,
    fresh_factor_required,
    page_staff_required,
    staff_required,
    till_required,
)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are checked at next to no cost, for tests that are about the way in."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))


def doors() -> Blueprint:
    blueprint = Blueprint("doors", __name__)

    @blueprint.route("/api/v1/till-door", methods=["GET", "POST"])
    @till_required
    def till_door():
        till = current_till()
        return jsonify(store=till.store_code, cashier=till.cashier_name, who=till.who)

    @blueprint.route("/api/v1/marketer-door", methods=["GET", "POST"])
    @staff_required("marketer", "analyst")
    def marketer_door():
        staff = current_staff()
        return jsonify(name=staff.name, role=staff.role, who=staff.who)

    @blueprint.route("/cashier-page", methods=["GET", "POST"])
    @page_staff_required("cashier")
    def cashier_page():
        return render_template_string("{{ csrf_token() }}")

    @blueprint.route("/danger-page", methods=["GET", "POST"])
    @page_staff_required("administrator")
    @fresh_factor_required
    def danger_page():
        return "done"

    @blueprint.route("/api/v1/danger-door", methods=["POST"])
    @staff_required("administrator")
    @fresh_factor_required
    def danger_door():
        return jsonify(done=True)

    return blueprint


@pytest.fixture
def door_app(make_app: Callable[..., Flask]) -> Flask:
    app = make_app()
    app.register_blueprint(doors())
    return app


@pytest.fixture
def browser(door_app: Flask) -> FlaskClient:
    """A browser: it keeps its cookies."""
    return door_app.test_client()


@pytest.fixture
def work(door_app: Flask) -> Callable[..., object]:
    """`work(function, …)` runs `function(session, …)` in a committed transaction."""

    def run(function: Callable[..., object], **arguments: object) -> object:
        with door_app.app_context(), transaction() as session:
            return function(session, **arguments)

    return run


@pytest.fixture
def client(client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The shared client, each of whose requests has a context of its own, as on a server."""

    class FreshContextClient(type(client)):  # type: ignore[misc]
        def open(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return super().open(*args, **kwargs)

    monkeypatch.setattr(app, "test_client_class", FreshContextClient)
    return app.test_client()
