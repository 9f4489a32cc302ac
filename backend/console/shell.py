"""What every page of the console is made with: one blueprint, who is signed in, and a refusal in words."""

from datetime import date

from babel.dates import format_date
from flask import Blueprint, render_template

from backend.shared.errors import DomainError
from backend.shared.i18n import current_locale
from backend.staff.access import current_staff, person_for_page

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")

CONSOLE_ROLES = ("support", "marketer", "analyst", "administrator", "auditor")
# Who looks at members, who gives and takes points, and who lets a frozen book go on.
LOOKING_ROLES = ("support", "administrator", "auditor")
ADJUSTING_ROLES = ("support", "administrator")
UNFREEZING_ROLES = ("administrator",)
# Who vouches for a guest whose account was changed: at the till it is the store manager who sees the guest.
VOUCHING_ROLES = ("store_manager", "support", "administrator")
CAMPAIGN_ROLES = ("marketer", "administrator")
# Who decides on segments, programmes, rewards and budgets, and who may look at them.
MARKETING_ROLES = ("marketer", "administrator")
READING_ROLES = ("marketer", "administrator", "analyst", "auditor")


def render(template: str, *, page_of: str, **values: object) -> str:
    """A page of the console; `page_of` is the endpoint of the line of the sidebar that it belongs to."""
    person = person_for_page(current_staff())
    return render_template(f"console/{template}", person=person, page_of=page_of, **values)


def month_name(month: str) -> str:
    """A month (`2026-11`) as columns and bars name it: Nov 2026."""
    return str(format_date(date.fromisoformat(f"{month}-01"), "LLL yyyy", locale=current_locale()))


def may_write() -> bool:
    """Whether whoever is signed in decides on segments, programmes and rewards."""
    return current_staff().role in MARKETING_ROLES


def refusal_in_words(refusal: DomainError) -> str:
    """What stopped it and what to do, as one line."""
    sentences = [str(text) % refusal.facts for text in (refusal.title, refusal.advice) if text]
    return " ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences)
