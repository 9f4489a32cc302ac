"""How refusals are said on the pages of staff."""

from backend.shared.errors import DomainError


def sentence(refusal: DomainError) -> str:
    """What happened and what to do, as one text in the reader's language."""
    title = str(refusal.title) % refusal.facts if refusal.facts else str(refusal.title)
    if refusal.advice is None:
        return f"{title}."
    return f"{title}. {str(refusal.advice) % refusal.facts if refusal.facts else refusal.advice}"


def said_of(refusal: DomainError, field: str) -> str | None:
    """What is wrong with one field of a form."""
    texts = refusal.errors.get(field)
    return " ".join(str(text) for text in texts) if texts else None
