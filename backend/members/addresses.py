"""Phones and e-mail addresses: read as people write them, kept in one spelling, shown masked. Pure."""

from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from backend.shared.errors import Invalid
from backend.shared.i18n import _l

PHONE_LENGTH_MAXIMUM = 32
EMAIL_LENGTH_MAXIMUM = 254
PHONE_SIGNS = frozenset("+()-.–—\u2011\u00a0 ")  # noqa: RUF001 - dashes as people paste them
NATIONAL_PREFIX_DIGITS = 3
REGION_DEFAULT = "RU"
# Numbers that take a text message; the rest are desks, services and numbers that bill the caller.
MOBILE_TYPES = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UNKNOWN,
    }
)
# Providers that ignore dots in the name and everything after a plus.
DOTLESS_DOMAINS = frozenset({"gmail.com", "googlemail.com"})

Kind = Literal["phone", "email"]


@dataclass(frozen=True)
class Address:
    """A phone in E.164, or an e-mail address in lower case: one spelling for one person's address.

    `mark` is the same for spellings that reach one mailbox; `region` and `prefix` (country code and the first digits)
    are a phone's alone.
    """

    kind: Kind
    value: str
    mark: str
    region: str | None = None
    prefix: str | None = None

    @property
    def channel(self) -> Literal["sms", "email"]:
        """The channel in which a message reaches it."""
        return "sms" if self.kind == "phone" else "email"

    def __repr__(self) -> str:
        return f"Address({self.kind!r}, …)"


def parse_phone(text: str, *, region: str) -> Address:
    """The mobile number meant by `text`, read as in `region` where it has no country code.

    Raises:
        Invalid: on the field `phone`.
    """
    if len(text) > PHONE_LENGTH_MAXIMUM or not all(sign.isdecimal() or sign in PHONE_SIGNS for sign in text):
        raise _refused("phone", _l("This is no phone number. Example: +7 912 345-67-89."))
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise _refused("phone", _l("This is no phone number. Example: +7 912 345-67-89.")) from error
    if not phonenumbers.is_valid_number(number):
        raise _refused("phone", _l("There is no such phone number. Please check the digits."))
    if phonenumbers.number_type(number) not in MOBILE_TYPES:
        raise _refused("phone", _l("This is not a mobile number. Please give one that takes text messages."))
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.national_significant_number(number)
    return Address(
        kind="phone",
        value=value,
        mark=value,
        region=phonenumbers.region_code_for_number(number),
        prefix=f"{number.country_code}{national[:NATIONAL_PREFIX_DIGITS]}",
    )


def parse_email(text: str) -> Address:
    """The e-mail address meant by `text`. Whether its mailbox exists is not asked.

    Raises:
        Invalid: on the field `email`.
    """
    try:
        # `test_environment` takes the reserved `.test` domain too, which trials use and no stranger can receive at.
        valid = validate_email(
            text.strip()[: EMAIL_LENGTH_MAXIMUM + 1], check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise _refused("email", _l("This is no e-mail address. Example: anna@example.org.")) from error
    # Some servers tell letters apart by case in theory; none does in practice, and people type both.
    local, domain = valid.local_part.lower(), valid.domain.lower()
    return Address(kind="email", value=f"{local}@{domain}", mark=_mailbox(local, domain))


def home_region(zone: str) -> str:
    """The country (ISO 3166) of a shop in this time zone: where numbers without a country code are read as being."""
    region = str(get_global("zone_territories").get(zone))
    return region if region in phonenumbers.SUPPORTED_REGIONS else REGION_DEFAULT


def masked(kind: str, value: str) -> str:
    """An address as its owner may recognise it and nobody else can use it: `+7 ••• •••-67-89`, `a•••@example.org`."""
    if kind == "email":
        local, _, domain = value.partition("@")
        return f"{local[:1]}•••@{domain}"
    number = phonenumbers.parse(value)
    national = phonenumbers.national_significant_number(number)
    return f"+{number.country_code} ••• •••-{national[-4:-2]}-{national[-2:]}"


def _mailbox(local: str, domain: str) -> str:
    local = local.split("+", 1)[0] or local
    if domain in DOTLESS_DOMAINS:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def _refused(field: Kind, text: Any) -> Invalid:
    return Invalid(errors={field: [text]})
