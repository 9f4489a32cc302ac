"""What other features may ask of members. Each function lives with its subject and is named here."""

from backend.members.addresses import Address, home_region, parse_email, parse_phone
from backend.members.bulk_enrolment import enrol_addresses, members_of_addresses, members_of_external_ids
from backend.members.cards import Resolution, ask_resolved_codes, resolve_codes
from backend.members.consents import CONSENT_TEXTS, LEADERBOARD, ConsentChange
from backend.members.devices import forget_push_address
from backend.members.enrolment import Enrolment, enrol_by_address, enrol_by_phone, enrol_external, member_of_address
from backend.members.marks import note_payments
from backend.members.profile import Profile, profile, record_consents
from backend.members.sign_in_codes import (
    CODE_DIGITS,
    CODE_MINUTES,
    CodeAccepted,
    IssuedCode,
    issue_code,
    note_failure,
    spend_code,
    try_code,
)
from backend.members.tokens import Tokens, end_family, open_family, rotate

__all__ = [
    "CODE_DIGITS",
    "CODE_MINUTES",
    "CONSENT_TEXTS",
    "LEADERBOARD",
    "Address",
    "CodeAccepted",
    "ConsentChange",
    "Enrolment",
    "IssuedCode",
    "Profile",
    "Resolution",
    "Tokens",
    "end_family",
    "enrol_addresses",
    "enrol_by_address",
    "enrol_by_phone",
    "enrol_external",
    "forget_push_address",
    "home_region",
    "issue_code",
    "member_of_address",
    "members_of_addresses",
    "members_of_external_ids",
    "note_failure",
    "note_payments",
    "open_family",
    "parse_email",
    "parse_phone",
    "profile",
    "record_consents",
    "resolve_codes",
    "ask_resolved_codes",
    "rotate",
    "spend_code",
    "try_code",
]
