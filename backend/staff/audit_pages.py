"""The console's page of the audit log: who did what to whom, what was before and after, and why."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for

from backend.shared.db import transaction
from backend.shared.pages import current_shop
from backend.shared.pagination import page, read_cursor
from backend.shared.typed_days import typed_day
from backend.staff import audit_reading
from backend.staff.access import current_staff, page_staff_required, person_for_page

blueprint = Blueprint("staff_audit", __name__, url_prefix="/console/audit-log", template_folder="templates")

ROLES = ("administrator", "auditor")
PAGE_ROWS = 40
FILTERS = ("about", "action", "since", "until")


@blueprint.get("")
@page_staff_required(*ROLES)
def log_page() -> str:
    """The log, newest first, narrowed by what the address says."""
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    before = read_cursor(request.args.get("cursor"))
    since, until = typed_day(asked["since"]), typed_day(asked["until"])
    with transaction() as session:
        found = audit_reading.entries(
            session,
            about=asked["about"],
            action=asked["action"],
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
            before=before,
            limit=PAGE_ROWS,
        )
        listed = page(found, limit=PAGE_ROWS, id_of=lambda entry: entry.id)
        kept = {name: value for name, value in asked.items() if value}
        return render_template(
            "staff/audit_log.html",
            person=person_for_page(current_staff()),
            asked=asked,
            actions=audit_reading.actions(session),
            entries=listed["items"],
            newest=_address(kept) if before else None,
            older=_address(kept | {"cursor": listed["next_cursor"]}) if listed["next_cursor"] else None,
        )


def _address(arguments: dict[str, str]) -> str:
    return f"{url_for('staff_audit.log_page')}?{urlencode(arguments)}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(current_shop().zone))
