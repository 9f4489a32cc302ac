"""The token that a page's own requests carry, so that another site cannot act through a signed-in browser.

Templates write `csrf_token()` into a hidden field `csrf_token`; scripts send it as the header `X-CSRF-Token`.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect, ValidationError, validate_csrf

from backend.staff.errors import CsrfTokenNeeded

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_csrf(app: Flask) -> None:
    """Gives templates `csrf_token()`. Nothing is checked by itself: whoever trusts a cookie calls `check_csrf`."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # It lives as long as the session: a till's page stays open for a whole shift.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    CSRFProtect(app)


def check_csrf() -> None:
    """Passes a request that only reads, or that carries the page's token in the header or in the form.

    Raises:
        CsrfTokenNeeded: it carries none, or another session's.
    """
    if request.method in SAFE_METHODS:
        return
    try:
        validate_csrf(request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD))
    except ValidationError as error:
        raise CsrfTokenNeeded from error
