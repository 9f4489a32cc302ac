"""What is otherwise in one version of a programme than in another, in words of both languages."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes import queries
from backend.programmes.describing import Item, Items, Told, described
from backend.programmes.programme import Programme
from backend.programmes.queries import StoredVersion
from backend.programmes.speaking import in_both, say
from backend.shared.i18n import LOCALES
from backend.shared.wording import N_, Said

KINDS = {
    "difference.changed": N_("{of}, {what}: {now}. Before: {was}."),
    "difference.set": N_("{of}, {what}: {now}. Before, nothing was said of it."),
    "difference.unset": N_("{of}, {what}: nothing is said of it any more. Before: {was}."),
    "difference.added": N_("{of}, new: {now}."),
    "difference.removed": N_("{of} is gone. Before: {was}."),
    "difference.order": N_("{of}, in this order: {now}. Before: {was}."),
}
ORDERED = {"rule": N_("Rules"), "terms": N_("Terms")}
"""Where the order means something."""


def differences(old: Programme, new: Programme) -> list[Said]:
    """What the new one says otherwise, in the order of the document. Nothing where they mean the same."""
    before, after = described(old), described(new)
    return [*_items(before, after), *_order(old, new)]


def in_words(said: Said, locale: str) -> str:
    """One difference as a sentence."""
    sentence = say(locale, KINDS[said.kind], **{name: texts[locale] for name, texts in said.facts.items()})
    # A value may end in an abbreviation's full stop.
    return sentence.replace("..", ".")


def since(
    session: Session, version_id: UUID, against: UUID | None, *, at: datetime
) -> tuple[StoredVersion, StoredVersion | None, list[Said]]:
    """A stored version, the one that it is compared with (by default the one before it; None where there is none), and
    their differences.

    Raises:
        UnknownVersion: one of the two is not there.
    """
    newer = queries.version(session, version_id, at=at)
    if against is not None:
        older: StoredVersion | None = queries.version(session, against, at=at)
    else:
        known = queries.versions(session, newer.programme, at=at)
        older = next((one for one in known if one.version < newer.version and one.state != "withdrawn"), None)
    return newer, older, differences(older.read(), newer.read()) if older else []


def _items(before: Items, after: Items) -> Iterator[Said]:
    for key, item in after.items():
        if key not in before:
            yield Said("difference.added", {"of": item.of, "now": _all_told(item)})
            continue
        yield from _told(item, before[key])
    for key, item in before.items():
        if key not in after:
            yield Said("difference.removed", {"of": item.of, "was": _all_told(item)})


def _told(item: Item, before: Item) -> Iterator[Said]:
    for label, now in item.told.items():
        was = before.told.get(label)
        facts = {"of": item.of, "what": now.label, "now": now.words}
        if was is None:
            yield Said("difference.set", facts)
        elif was.value != now.value:
            yield Said("difference.changed", {**facts, "was": was.words})
    for label, was in before.told.items():
        if label not in item.told:
            yield Said("difference.unset", {"of": item.of, "what": was.label, "was": was.words})


def _all_told(item: Item) -> dict[str, str]:
    def one(told: Told, locale: str) -> str:
        return f"{told.label[locale]} – {told.words[locale]}"

    return {locale: "; ".join(one(told, locale) for told in item.told.values()) for locale in LOCALES}


def _order(old: Programme, new: Programme) -> Iterator[Said]:
    """Rules and terms that both have, where they stand in another order."""
    lists = {
        "rule": ([rule.rule for rule in old.earning], [rule.rule for rule in new.earning]),
        "terms": ([terms.terms for terms in old.terms], [terms.terms for terms in new.terms]),
    }
    for kind, (was, now) in lists.items():
        both = set(was) & set(now)
        was_in_order, now_in_order = ([name for name in names if name in both] for names in (was, now))
        if was_in_order != now_in_order:
            texts = {"was": ", ".join(was_in_order), "now": ", ".join(now_in_order)}
            facts = {name: dict.fromkeys(LOCALES, text) for name, text in texts.items()}
            yield Said("difference.order", {"of": in_both(ORDERED[kind]), **facts})
