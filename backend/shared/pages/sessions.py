"""The signed cookie of pages."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class PageSessions(SecureCookieSessionInterface):
    """Sessions belong to pages: a program that proves itself by a token has none, whatever cookies it sends."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a page's request; an empty one for a program's, without a look at its cookies."""
        if "HTTP_AUTHORIZATION" in request.environ:
            return self.session_class()
        return super().open_session(app, request)
