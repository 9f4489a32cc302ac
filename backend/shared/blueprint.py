"""The blueprint of the API's routes: flask-smorest's, whose bodies are JSON and nothing else."""

import json
from typing import Any

from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


class JsonParser(FlaskParser):
    """Reads bodies. It runs behind the route's access check, so a stranger learns nothing of what a route takes."""

    def _raw_load_json(self, req: Request) -> Any:
        if not is_json_request(req):
            # It would be passed over in silence, and the request taken for an empty one.
            raise UnsupportedMediaType
        try:
            return json.loads(req.get_data())
        except (ValueError, RecursionError) as error:
            raise BadRequest from error


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A feature's routes under `/api/v1`.

    The access decorator stands above `arguments` and `response`: nobody is told what a request lacks before it is known
    who asks. What every operation answers to errors is said once, in `openapi.py`.
    """

    ARGUMENTS_PARSER = JsonParser()
