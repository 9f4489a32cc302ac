"""What the demo adds to the application; without MOLVA_DEMO=1 none of it exists."""

from pathlib import Path

from flask import Flask, request

from backend.demo import clock, pages, routes
from backend.shared.db import db
from backend.shared.pages import add_static_folder

STATIC = Path(__file__).parent / "static"
# Files and the question whether the process lives need no time, and no database.
TIMELESS = ("/static/", "/healthz")


def init_demo(app: Flask) -> None:
    """Gives the application the demo's doors and pages, and the demo's time to each of its requests."""
    add_static_folder(app, "demo", STATIC)
    with app.app_context():
        clock.follow(db.engine)
    app.before_request(_live_in_the_demos_time)
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(pages.blueprint)


def _live_in_the_demos_time() -> None:
    if not request.path.startswith(TIMELESS):
        # Taking the request's connection is looking at the clock.
        db.session().connection()
