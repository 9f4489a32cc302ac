"""The corpus as data: large enough, the same for everybody, labelled on both sides."""

from collections import Counter

from tests.stories.corpus import HONEST, KINDS, corpus
from tests.stories.honest import FAMILIES
from tests.stories.story import Buys, Enrols, Joins, Spends


def labelled(story):
    return [event for event in story.events if isinstance(event, Joins | Enrols | Buys | Spends)]


def test_there_are_two_hundred_and_forty_stories_or_more():
    assert len(corpus()) >= 240


def test_one_seed_draws_the_same_stories_and_another_seed_others():
    assert corpus(per_kind=2) == corpus(per_kind=2)
    assert corpus(per_kind=2) != corpus(per_kind=2, seed=1)


def test_a_smaller_corpus_is_a_part_of_a_larger_one():
    larger = {story.name: story for story in corpus(per_kind=3)}

    assert all(larger[story.name] == story for story in corpus(per_kind=1))


def test_stories_share_no_people_phones_or_bank_cards():
    for mark in ("phone", "install_id", "bank_card"):
        owners = Counter()
        for story in corpus(per_kind=5):
            owners.update(set(marks_of(story, mark)))
        assert not [shared for shared, stories in owners.items() if stories > 1]


def marks_of(story, mark):
    for event in story.events:
        for holder in (event, getattr(event, "person", None), getattr(event, "device", None)):
            if getattr(holder, mark, None):
                yield getattr(holder, mark)


def test_honest_stories_hold_no_fraud_and_the_others_some():
    for story in corpus(per_kind=3):
        frauds = [event for event in labelled(story) if event.truth == "fraud"]
        assert bool(frauds) == (story.kind not in HONEST), story.name


def test_rings_have_three_to_twelve_people():
    rings = [story for story in corpus(per_kind=30) if story.kind == "ring_on_shared_phones"]
    sizes = {sum(isinstance(event, Joins) for event in ring.events) for ring in rings}

    assert min(sizes) == 3
    assert max(sizes) == 12


def test_families_are_kinds_of_honest_people():
    assert set(FAMILIES) <= set(HONEST) <= set(KINDS)
