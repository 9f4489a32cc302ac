"""The commands `molva staff …` and `molva till-keys …`."""

import getpass
import json
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.shared.db import transaction
from backend.shared.i18n import LOCALES
from backend.shops import queries as shops
from backend.staff import audit_chain, factors, queries, service
from backend.staff.errors import UnknownStaffMember
from backend.staff.logins import kept_form
from backend.staff.models import StaffMember
from backend.staff.roles import Role
from backend.staff.service import Issued

staff_commands = AppGroup("staff", help="Accounts of staff, their links, tokens of programs, the audit log.")
till_key_commands = AppGroup("till-keys", help="Keys of tills.")

EXIT_BROKEN = 1

role_choice = click.Choice([role.value for role in Role])
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@staff_commands.command("create")
@click.option("--name", required=True, help="As colleagues and the audit log call this person.")
@click.option("--role", required=True, type=role_choice)
@click.option("--login", "--email", help="With what the person signs in; without it, they choose it themselves.")
@click.option("--store", "store_code", help="The store of a cashier or store manager.")
@click.option("--locale", type=click.Choice(LOCALES), default="ru", show_default=True)
@json_option
def create(*, name: str, role: str, login: str | None, store_code: str | None, locale: str, as_json: bool) -> None:
    """Create an account and print the link by which its password and second factor are set up, once."""
    with transaction() as session:
        store_id = shops.store_by_code(session, store_code).id if store_code else None
        member = service.create_staff_member(
            session, name=name, role=Role(role), login=login, store_id=store_id, locale=locale, who=_who()
        )
        link = service.issue_sign_in_link(session, staff_id=member.id, who=_who())
        document = _staff_document(session, member) | _link_document(link)
    _answer(document, as_json=as_json, text=f"{name}, {role}. Set up once, within 24 hours:\n{document['link']}")


@staff_commands.command("list")
@json_option
def list_staff(*, as_json: bool) -> None:
    """List everybody, disabled ones too."""
    with transaction() as session:
        documents = [_staff_document(session, member) for member in queries.staff_members(session)]
    lines = [
        f"{one['id']}  {one['role']:<14} {one['name']}{'  (disabled)' if one['disabled'] else ''}" for one in documents
    ]
    _answer(documents, as_json=as_json, text="\n".join(lines) or "Nobody yet.")


@staff_commands.command("link")
@click.argument("staff")
@json_option
def link(*, staff: str, as_json: bool) -> None:
    """Print another link for STAFF (an id, a login or a name): for setting up, or for a lost password."""
    with transaction() as session:
        member = _find_staff(session, staff)
        document = _link_document(service.issue_sign_in_link(session, staff_id=member.id, who=_who()))
    _answer(document, as_json=as_json, text=str(document["link"]))


@staff_commands.command("role")
@click.argument("staff")
@click.argument("role", type=role_choice)
@click.option("--store", "store_code", help="The store of a cashier or store manager.")
@json_option
def change_role(*, staff: str, role: str, store_code: str | None, as_json: bool) -> None:
    """Give STAFF (an id or a name) another ROLE; it counts from the next request."""
    with transaction() as session:
        store_id = shops.store_by_code(session, store_code).id if store_code else None
        staff_id = _find_staff(session, staff).id
        member = service.change_role(session, staff_id=staff_id, role=Role(role), store_id=store_id, who=_who())
        document = _staff_document(session, member)
    _answer(document, as_json=as_json, text=f"{document['name']} is {role} now.")


@staff_commands.command("disable")
@click.argument("staff")
@click.option("--reason", help="Kept in the audit log.")
@json_option
def disable(*, staff: str, reason: str | None, as_json: bool) -> None:
    """End the account of STAFF (an id or a name) and all its sessions."""
    with transaction() as session:
        member = _find_staff(session, staff)
        service.disable_staff_member(session, staff_id=member.id, reason=reason, who=_who())
        document = _staff_document(session, member)
    _answer(document, as_json=as_json, text=f"{document['name']} is disabled.")


@staff_commands.command("reset-factors")
@click.argument("staff")
@click.option("--reason", help="Kept in the audit log.")
@json_option
def reset_factors(*, staff: str, reason: str | None, as_json: bool) -> None:
    """Take password and second factors from STAFF (an id, a login or a name), and print a link to set up anew."""
    with transaction() as session:
        staff_id = _find_staff(session, staff).id
        factors.reset(session, staff_id=staff_id, who=_who(), reason=reason)
        document = _link_document(service.issue_sign_in_link(session, staff_id=staff_id, who=_who()))
    _answer(document, as_json=as_json, text=str(document["link"]))


@staff_commands.command("token")
@click.option("--role", required=True, type=role_choice)
@click.option("--label", default="", help="What the token is for; without it, the role.")
@click.option("--days", type=click.IntRange(1, 366), default=service.TOKEN_LIFE_DAYS, show_default=True)
@json_option
def token(*, role: str, label: str, days: int, as_json: bool) -> None:
    """Make a token for a program; it is shown this once."""
    with transaction() as session:
        issued = service.create_staff_token(session, role=Role(role), label=label or role, life_days=days, who=_who())
    document = {"token": issued.text, "prefix": issued.prefix, "role": role, "expires_at": _moment(issued)}
    _answer(document, as_json=as_json, text=issued.text)


@staff_commands.command("revoke-token")
@click.argument("prefix")
@click.option("--reason", help="Kept in the audit log.")
@json_option
def revoke_token(*, prefix: str, reason: str | None, as_json: bool) -> None:
    """End the token that begins with PREFIX."""
    with transaction() as session:
        service.revoke_staff_token(session, prefix=prefix, reason=reason, who=_who())
    _answer({"prefix": prefix, "revoked": True}, as_json=as_json, text=f"{prefix} is revoked.")


@till_key_commands.command("create")
@click.option("--store", "store_code", required=True, help="The store's code.")
@click.option("--label", default="Till", show_default=True, help="Which till it is for.")
@json_option
def create_till_key(*, store_code: str, label: str, as_json: bool) -> None:
    """Make a key for a store's till; it is shown this once. Earlier keys stay valid until they are revoked."""
    with transaction() as session:
        store = shops.store_by_code(session, store_code)
        issued = service.create_till_key(session, store_id=store.id, label=label, who=_who())
    document = {"key": issued.text, "prefix": issued.prefix, "store": store_code, "label": label}
    _answer(document, as_json=as_json, text=issued.text)


@till_key_commands.command("rotate")
@click.argument("prefix")
@json_option
def rotate_till_key(*, prefix: str, as_json: bool) -> None:
    """Make a key in place of the one that begins with PREFIX; both live until that one is revoked."""
    with transaction() as session:
        issued = service.rotate_till_key(session, prefix=prefix, who=_who())
    _answer({"key": issued.text, "prefix": issued.prefix, "replaces": prefix}, as_json=as_json, text=issued.text)


@till_key_commands.command("list")
@json_option
def list_till_keys(*, as_json: bool) -> None:
    """List all till keys with their last use (to within ten minutes), revoked ones too."""
    with transaction() as session:
        codes = {store.id: store.code for store in shops.stores(session)}
        documents = [
            {
                "prefix": key.prefix,
                "store": codes[key.store_id],
                "label": key.label,
                "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
                "revoked": key.revoked_at is not None,
            }
            for key in queries.till_keys(session)
        ]
    lines = [
        f"{one['prefix']}  {one['store']}  {one['label']}  {one['last_used_at'] or 'never used'}"
        f"{'  (revoked)' if one['revoked'] else ''}"
        for one in documents
    ]
    _answer(documents, as_json=as_json, text="\n".join(lines) or "No till has a key yet.")


@till_key_commands.command("revoke")
@click.argument("prefix")
@click.option("--reason", help="Kept in the audit log.")
@json_option
def revoke_till_key(*, prefix: str, reason: str | None, as_json: bool) -> None:
    """End the key that begins with PREFIX; the next request with it is refused."""
    with transaction() as session:
        service.revoke_till_key(session, prefix=prefix, reason=reason, who=_who())
    _answer({"prefix": prefix, "revoked": True}, as_json=as_json, text=f"{prefix} is revoked.")


@staff_commands.group("audit-log")
def audit_log_commands() -> None:
    """The log of what staff and commands did."""


@audit_log_commands.command("verify")
@click.option("--head", help="NUMBER:HASH as an earlier check printed it; the chain must still hold it.")
@json_option
def verify_audit_log(*, head: str | None, as_json: bool) -> None:
    """Check the chain of the audit log; exit code 1 where it is broken. Keep the printed head elsewhere."""
    with transaction() as session:
        report = audit_chain.verify(session, known_head=head)
    document = {
        "holds": report.fault is None,
        "sealed": report.sealed,
        "unsealed": report.unsealed,
        "head": report.head,
        "fault": report.fault,
    }
    said = f"{report.sealed:,} entries are sealed, {report.unsealed:,} wait for their seal. Head: {report.head}"
    _answer(document, as_json=as_json, text=said if report.fault is None else f"Broken: {report.fault}. {said}")
    if report.fault is not None:
        sys.exit(EXIT_BROKEN)


def _who() -> str:
    """Who runs the command, as the audit log names them; a container may have no name for its user."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):
        return "command"


def _find_staff(session: Session, staff: str) -> StaffMember:
    try:
        return queries.staff_member(session, UUID(staff))
    except ValueError:
        found = queries.staff_member_by_login(session, kept_form(staff)) or queries.staff_member_named(session, staff)
    if found is None:
        raise UnknownStaffMember(staff=staff)
    return found


def _staff_document(session: Session, member: StaffMember) -> dict[str, object]:
    store = shops.store(session, member.store_id) if member.store_id else None
    return {
        "id": str(member.id),
        "name": member.name,
        "login": member.login,
        "role": str(member.role),
        "store": store.code if store else None,
        "disabled": member.disabled_at is not None,
    }


def _link_document(link: Issued) -> dict[str, object]:
    address = f"{current_app.config['MOLVA'].public_url}/staff/sign-in?link={link.text}"
    return {"link": address, "link_expires_at": _moment(link)}


def _moment(issued: Issued) -> str | None:
    return issued.expires_at.isoformat() if issued.expires_at else None


def _answer(document: Mapping[str, Any] | list[dict[str, Any]], *, as_json: bool, text: str) -> None:
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else text)
