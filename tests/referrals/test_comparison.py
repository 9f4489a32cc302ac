"""What brought members spend against the others: the statement and its sums against numpy on the same people."""

import math
import random
from datetime import date

import numpy as np
import pytest
from sqlalchemy import text

from backend.referrals import analytics
from backend.referrals.analytics import Question
from backend.referrals.comparison import MEMBERS_MINIMUM, Z_95
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from tests.factories.referral_history import spends
from tests.factories.referrals import bound, joins
from tests.factories.shops import a_shop, a_store

AUTUMN = Question(first_day=date(2026, 9, 1), last_day=date(2026, 11, 30), zone="Europe/Moscow")


@pytest.fixture(autouse=True)
def shop(session, clock):
    a_shop(session)
    a_store(session)


def crowd(session, people, *, seed):
    """People who joined in three months, some of them brought; (brought, month, spend) of each.

    Members and referrals alone: how they came is not what is compared.
    """
    chance, made = random.Random(seed), []
    advocate = joins(session)
    code = session.execute(
        text(
            "INSERT INTO referral_codes (id, code, member_id, kind, starts_at)"
            " VALUES (:id, :code, :member, 'own', :now) RETURNING code"
        ),
        {"id": new_id(), "code": f"BCDFGHJ{seed + 22}"[:9], "member": advocate, "now": business_now()},
    ).scalar_one()
    session.execute(text("UPDATE members SET joined_at = '2020-01-01T00:00:00Z' WHERE id = :id"), {"id": advocate})
    for number in range(people):
        month = chance.choice((9, 9, 9, 10, 11))
        brought = chance.random() < (0.1, 0.4, 0.7)[month - 9]
        member_id, joined = new_id(), f"2026-{month:02}-{chance.randint(2, 27)}T10:00:00Z"
        session.execute(
            text(
                "INSERT INTO members (id, locale, zone, card_number, joined_at, source, key_ciphertext)"
                " VALUES (:id, 'en', 'UTC', :card, :at, 'import', '')"
            ),
            {"id": member_id, "card": f"{seed:04}{number:012}", "at": joined},
        )
        if brought:
            session.execute(
                text(
                    "INSERT INTO referrals (id, advocate_id, friend_id, code, channel, status, status_at, reason_facts,"
                    " joined_at) VALUES (:id, :advocate, :friend, :code, 'qr', 'joined', :at, '{}', :at)"
                ),
                {"id": new_id(), "advocate": advocate, "friend": member_id, "code": code, "at": joined},
            )
        spend = 0
        for _ in range(chance.choice((0, 1, 1, 3))):
            total = chance.randint(10_000, 90_000)
            returned = total if chance.random() < 0.1 else 0
            spends(session, member_id, total, returned_minor=returned)
            spend += total - returned
        made.append((brought, month, spend))
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_means_medians_and_intervals_are_those_of_the_same_people_reckoned_by_hand(session, seed):
    people = crowd(session, 160, seed=seed)

    found = analytics.compared(session, AUTUMN, currency="RUB")

    for one in found.months:
        month = one.month.first_day.month
        for brought, sample in ((True, one.brought), (False, one.others)):
            spent = np.array([spend for kind, when, spend in people if (kind, when) == (brought, month)])
            assert (sample.members, sample.buyers) == (len(spent), np.count_nonzero(spent))
            assert sample.mean_minor == pytest.approx(spent.mean())
            assert sample.median_minor == np.sort(spent)[math.ceil(len(spent) / 2) - 1]
    sizes = {(kind, month): sum((k, m) == (kind, month) for k, m, _ in people) for kind, month, _ in people}
    for brought, sample in ((True, found.brought), (False, found.others)):
        spent = np.array([spend for kind, _, spend in people if kind == brought], dtype=float)
        weights = np.array(
            [
                1.0 if brought else sizes[True, month] / sizes[False, month]
                for kind, month, _ in people
                if kind == brought
            ]
        )
        mean = np.average(spent, weights=weights)
        variance = (weights**2 * (spent - mean) ** 2).sum() / weights.sum() ** 2
        order = np.argsort(spent, kind="stable")
        below = np.cumsum(weights[order])
        assert sample.mean_minor == pytest.approx(mean)
        assert sample.half_width_minor == pytest.approx(Z_95 * math.sqrt(variance))
        assert sample.median_minor == spent[order][np.searchsorted(below, below[-1] / 2 - 1e-9)]
    assert found.difference_minor == pytest.approx(found.brought.mean_minor - found.others.mean_minor)


def test_others_count_as_if_they_had_joined_when_the_brought_ones_did(session, clock):
    """In September everybody spends 900 roubles, in November 100: whoever was brought spends no more than others."""
    alice = joins(session, "Alice")
    session.execute(text("UPDATE members SET joined_at = '2020-01-01T00:00:00Z' WHERE id = :id"), {"id": alice})
    for month, spend, brought, others in ((9, 90_000, 1, 9), (11, 10_000, 4, 1)):
        clock.set(clock.now.replace(month=month, day=10))
        for number in range(brought + others):
            member_id = joins(session)
            if number < brought:
                bound(session, advocate_id=alice, friend_id=member_id)
            spends(session, member_id, spend)
            clock.advance(hours=1)

    found = analytics.compared(session, AUTUMN, currency="RUB")

    assert found.others.mean_minor == pytest.approx(26_000) == found.brought.mean_minor
    assert found.others.median_minor == found.brought.median_minor == 10_000


def test_a_month_in_which_only_one_kind_joined_is_left_out(session, clock):
    clock.set(clock.now.replace(month=9))
    spends(session, joins(session), 10_000)

    assert analytics.compared(session, AUTUMN, currency="RUB") is None


def test_few_members_have_no_interval(session, clock):
    people = MEMBERS_MINIMUM // 2
    crowd(session, people, seed=3)

    found = analytics.compared(session, AUTUMN, currency="RUB")

    assert found is None or (found.half_width_minor is None and not found.is_clear)
