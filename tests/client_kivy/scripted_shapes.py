"""The shapes that every answer of the scripted server shares."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

NOW = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)


def page(rows: list[dict[str, Any]], size: int, **more: Any) -> Response:
    """A page of rows after the cursor, which is a place here."""
    start = int(request.args.get("cursor") or 0)
    following = start + size if start + size < len(rows) else None
    return with_etag({"items": rows[start : start + size], "next_cursor": following and str(following), **more})


def with_etag(document: Any) -> Response:
    """An answer that can be asked for conditionally."""
    response = jsonify(document)
    response.add_etag()
    return response.make_conditional(request)


def problem(status: int, type_: str, title: str, errors: Mapping[str, Any] | None = None) -> Response:
    """The one error shape."""
    response = jsonify({"type": type_, "title": title, "status": status, **({"errors": errors} if errors else {})})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response
