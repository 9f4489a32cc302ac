"""What segments may ask of members themselves: since when, how they are reached, what they agreed to."""

from backend.shared.attributes import MEMBERS, Attribute, SegmentFacts, Source, Touches
from backend.shared.wording import N_

PROFILE, REACH, CONSENTS = N_("Profile"), N_("How they are reached"), N_("Agreed to offers")

# A push token that was not refreshed for so long is dead.
_DEVICE_LIVES = "token_kind IS NOT NULL AND refreshed_at > %(system_now)s::timestamptz - interval '270 days'"
_CONTACTS = Source("contacts", "member_contacts AS contact", member="contact.member_id")
_DEVICES = Source("devices", "devices AS device", member="device.member_id")


def _newest_consents(channel: str) -> str:
    return f"""
        SELECT DISTINCT ON (consent.member_id) consent.member_id, consent.given FROM consents AS consent
        WHERE consent.purpose = 'marketing' AND consent.channel = '{channel}'
        ORDER BY consent.member_id, consent.revision DESC
    """  # noqa: S608 - the channels are the three below


def _agreed(channel: str) -> Source:
    return Source(
        f"agreed_{channel}", f"({_newest_consents(channel)}) AS agreed", member="agreed.member_id", single=True
    )


def _reachable(channel: str, exists: str) -> Source:
    rows = f"(SELECT member_id FROM ({_newest_consents(channel)}) AS agreed WHERE given AND EXISTS ({exists})) AS reach"  # noqa: S608
    return Source(f"reachable_{channel}", rows, member="reach.member_id", single=True)


def _theirs(table: str, condition: str) -> str:
    return f"SELECT FROM {table} WHERE {table}.member_id = agreed.member_id AND {condition}"  # noqa: S608


_PUSH = _reachable("push", _theirs("devices", _DEVICE_LIVES))
_EMAIL = _reachable("email", _theirs("member_contacts", "kind = 'email'"))
_SMS = _reachable("sms", _theirs("member_contacts", "kind = 'phone'"))


def _flag(name: str, group: str, label: str, source: Source, value: str) -> Attribute:
    return Attribute(name, group, label, "flag", source, value)


# This year's or next year's; whoever was born on 29 February keeps the last day of the month in other years.
_DAYS_TO_BIRTHDAY = """(
    SELECT min(kept.day - %(today)s::date)::bigint
    FROM generate_series(extract(year FROM %(today)s::date)::int, extract(year FROM %(today)s::date)::int + 1) AS year,
        LATERAL make_date(year, left(member.birthday, 2)::int, 1) AS month,
        LATERAL (SELECT least(month + right(member.birthday, 2)::int - 1,
                              (month + interval '1 month' - interval '1 day')::date)) AS kept (day)
    WHERE kept.day >= %(today)s::date
)"""

FACTS = SegmentFacts(
    attributes=(
        Attribute("joined", PROFILE, N_("Joined"), "day", MEMBERS, "member.joined_at"),
        Attribute(
            "language",
            PROFILE,
            N_("Language"),
            "choice",
            MEMBERS,
            "member.locale",
            choices={"ru": N_("Russian"), "en": N_("English")},
        ),
        Attribute(
            "birthday_in_days",
            PROFILE,
            N_("Days until the birthday"),
            "whole",
            MEMBERS,
            _DAYS_TO_BIRTHDAY,
            may_lack=True,
        ),
        Attribute(
            "joined_by",
            PROFILE,
            N_("Joined by"),
            "choice",
            MEMBERS,
            "member.source",
            choices={"app": N_("the app"), "till": N_("the till"), "web": N_("the web"), "import": N_("an import")},
        ),
        _flag("has_phone", REACH, N_("Has a phone number"), _CONTACTS, "bool_or(contact.kind = 'phone')"),
        _flag("has_email", REACH, N_("Has an e-mail address"), _CONTACTS, "bool_or(contact.kind = 'email')"),
        _flag("has_app", REACH, N_("Gets notifications of the app"), _DEVICES, f"bool_or({_DEVICE_LIVES})"),
        Attribute("devices", REACH, N_("Devices with the app"), "whole", _DEVICES, "count(*)"),
        _flag("agreed_push", CONSENTS, N_("Agreed to offers by notifications"), _agreed("push"), "agreed.given"),
        _flag("agreed_email", CONSENTS, N_("Agreed to offers by e-mail"), _agreed("email"), "agreed.given"),
        _flag("agreed_sms", CONSENTS, N_("Agreed to offers by text message"), _agreed("sms"), "agreed.given"),
        _flag("reachable_push", REACH, N_("Can be sent offers by notifications"), _PUSH, "true"),
        _flag("reachable_email", REACH, N_("Can be sent offers by e-mail"), _EMAIL, "true"),
        _flag("reachable_sms", REACH, N_("Can be sent offers by text message"), _SMS, "true"),
    ),
    touches=(Touches("SELECT id, id AS member_id FROM members WHERE id >= %(floor)s"),),
)
