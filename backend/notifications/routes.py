"""The member's inbox."""

from typing import Any
from uuid import UUID

from backend.members.access import current_member_id, member_required
from backend.notifications import queries, service
from backend.notifications.schemas import InboxAnswer, MessageAnswer
from backend.shared.blueprint import Blueprint
from backend.shared.db import transaction
from backend.shared.pagination import PageArguments, page, read_cursor

blueprint = Blueprint("notifications", __name__, url_prefix="/api/v1", description="What the member was told")


@blueprint.get("/me/messages")
@blueprint.doc(operationId="listMessages", summary="The inbox, newest first")
@member_required
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, InboxAnswer)
def list_messages(arguments: dict[str, Any]) -> dict[str, Any]:
    """The member's messages in the member's language, and how many are unread."""
    member_id, limit = current_member_id(), arguments["limit"]
    with transaction() as session:
        after = read_cursor(arguments["cursor"])
        rows = queries.inbox(session, member_id=member_id, after=after, limit=limit)
        unread = queries.unread_count(session, member_id=member_id)
    return page(rows, limit=limit, id_of=lambda row: row.id) | {"unread": unread}


@blueprint.post("/me/messages/<uuid:message_id>/read")
@blueprint.doc(operationId="readMessage", summary="Mark a message as read")
@member_required
@blueprint.response(200, MessageAnswer)
def read_message(message_id: UUID) -> queries.InboxRow:
    """The message, read from now on; repeating it changes nothing."""
    member_id = current_member_id()
    with transaction() as session:
        message = service.mark_read(session, member_id=member_id, message_id=message_id)
        return queries.inbox_rows(session, member_id=member_id, messages=[message])[0]
