"""Whether an e-mail address is one of those that are handed out for minutes.

The list of domains is that of github.com/disposable-email-domains, public domain (CC0), kept beside its licence.
"""

from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("data") / "disposable_email_domains.txt"


@cache
def _disposable_domains() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split())


def is_disposable(address: str) -> bool:
    """Whether the address lies at a domain, or below one, that hands out mailboxes for minutes."""
    labels = _domain(address).split(".")
    parents = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return any(parent in _disposable_domains() for parent in parents)


def _domain(address: str) -> str:
    return address.strip().lower().rpartition("@")[2].rstrip(".")
