"""Who the demo shop knows by name: staff, and the two members with whom a first try begins."""

from dataclasses import dataclass

from backend.staff.roles import Role


@dataclass(frozen=True)
class StaffPerson:
    """Somebody of the demo's staff; cashiers stand in the first store."""

    name: str
    role: Role


@dataclass(frozen=True)
class MemberPerson:
    """Somebody of the demo's members."""

    name: str
    phone: str
    push_token: str


STAFF = {
    "vera": StaffPerson("Vera", Role.CASHIER),
    "marat": StaffPerson("Marat", Role.MARKETER),
    "olga": StaffPerson("Olga", Role.SUPPORT),
    "anna": StaffPerson("Anna", Role.ADMINISTRATOR),
}
ALICE = MemberPerson("Alice Kovaleva", "+79120000001", "demo-phone-of-alice")
BORIS = MemberPerson("Boris Orlov", "+79120000002", "demo-phone-of-boris")
# A number that nobody of the demo has: a friend joins with it.
FRIENDS_PHONE = "+79120000003"
