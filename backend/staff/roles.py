"""The roles that staff can have: exactly one each, and every route names the roles that it takes."""

from enum import StrEnum

from backend.shared.i18n import _l


class Role(StrEnum):
    """What somebody of the staff is there for."""

    CASHIER = "cashier"
    STORE_MANAGER = "store_manager"
    SUPPORT = "support"
    MARKETER = "marketer"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ROLE_NAMES = {
    Role.CASHIER: _l("Cashier"),
    Role.STORE_MANAGER: _l("Store manager"),
    Role.SUPPORT: _l("Support"),
    Role.MARKETER: _l("Marketer"),
    Role.ANALYST: _l("Analyst"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.AUDITOR: _l("Auditor"),
}

# These stand at a till: they belong to one store and may do what its till does.
TILL_ROLES = frozenset({Role.CASHIER, Role.STORE_MANAGER})

FIRST_PAGES = {
    Role.CASHIER: "/till",
    Role.STORE_MANAGER: "/till",
    Role.MARKETER: "/console/campaigns",
    Role.ADMINISTRATOR: "/console/staff",
    Role.AUDITOR: "/console/audit-log",
}
"""Where a role starts after signing in; any other starts at the first page that its console has."""
