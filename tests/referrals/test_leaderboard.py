"""Who brought the most friends this month: only those who agreed are seen, by first name and initial."""

import pytest

from backend.ledger.events import AccrualReversed
from backend.members import service as members
from backend.members.service import LEADERBOARD
from backend.referrals import queries
from backend.referrals import service as referrals
from backend.shared.ids import new_id
from tests.factories.referrals import bound, buys, joins

PATH = "/api/v1/me/referral/leaderboard"


def signed_in(session, member_id):
    return {"Authorization": f"Bearer {members.open_family(session, member_id=member_id).access_token}"}


def asked(client, session, member_id):
    answer = client.get(PATH, headers=signed_in(session, member_id))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def agrees(client, session, member_id, given=True):
    purpose, channel = LEADERBOARD
    body = {"consents": [{"purpose": purpose, "channel": channel, "given": given}]}
    answer = client.patch("/api/v1/me", json=body, headers=signed_in(session, member_id))
    assert answer.status_code == 200, answer.text


def brings(session, advocate_id, friends):
    """So many friends join by the advocate's code and buy enough; who they are."""
    brought = [joins(session) for _ in range(friends)]
    for friend_id in brought:
        bound(session, advocate_id=advocate_id, friend_id=friend_id)
        assert buys(session, friend_id).verdict.outcome == "reward"
    return brought


def test_a_member_without_friends_has_no_place(session, client, clock):
    assert asked(client, session, joins(session, "Alice")) == {
        "month": "2026-11",
        "mine": {"place": None, "friends": 0},
        "items": [],
        "consented": False,
    }


def test_nobody_is_shown_who_has_not_agreed(session, client, clock):
    alice, olga = joins(session, "Alice"), joins(session, "Olga Petrova")
    brings(session, alice, 3)

    assert asked(client, session, olga)["items"] == []
    assert asked(client, session, alice)["items"] == []
    assert asked(client, session, alice)["mine"] == {"place": 1, "friends": 3}


def test_who_agreed_is_shown_by_first_name_and_initial(session, client, clock):
    alice = joins(session, "Alice Kovaleva")
    brings(session, alice, 2)
    agrees(client, session, alice)

    answer = asked(client, session, joins(session))

    assert answer["items"] == [{"place": 1, "label": "Alice K.", "friends": 2, "is_me": False}]
    assert asked(client, session, alice)["consented"]
    assert asked(client, session, alice)["items"][0]["is_me"]


def test_a_member_without_a_name_is_a_guest_and_never_a_card(session, client, clock):
    nameless = joins(session)
    brings(session, nameless, 1)
    agrees(client, session, nameless)

    assert [item["label"] for item in asked(client, session, nameless)["items"]] == ["A guest"]


def test_a_word_taken_back_takes_the_name_away(session, client, clock):
    alice = joins(session, "Alice")
    brings(session, alice, 1)
    agrees(client, session, alice)
    agrees(client, session, alice, given=False)

    answer = asked(client, session, alice)

    assert answer["items"] == []
    assert not answer["consented"]


def test_a_place_tells_nothing_of_those_who_keep_out(session, client, clock):
    alice, dasha, ivan = joins(session, "Alice"), joins(session, "Dasha"), joins(session, "Ivan")
    brings(session, alice, 3)
    brings(session, dasha, 2)
    brings(session, ivan, 1)
    agrees(client, session, dasha)

    assert asked(client, session, dasha)["mine"] == {"place": 1, "friends": 2}
    assert asked(client, session, ivan)["mine"] == {"place": 2, "friends": 1}


def test_as_many_friends_share_a_place(session, client, clock):
    alice, dasha, ivan = joins(session, "Alice"), joins(session, "Dasha"), joins(session, "Ivan")
    for member_id, friends in ((alice, 2), (dasha, 2), (ivan, 1)):
        brings(session, member_id, friends)
        agrees(client, session, member_id)

    answer = asked(client, session, ivan)

    assert [(item["place"], item["friends"]) for item in answer["items"]] == [(1, 2), (1, 2), (3, 1)]
    assert answer["mine"] == {"place": 3, "friends": 1}


def test_a_friend_counts_in_the_month_of_the_purchase_in_the_shops_zone(session, client, clock):
    alice = joins(session, "Alice")
    agrees(client, session, alice)
    clock.set(clock.now.replace(month=11, day=30, hour=20, minute=59))
    brings(session, alice, 1)
    clock.advance(minutes=2)

    answer = asked(client, session, alice)

    assert answer["month"] == "2026-12"
    assert answer["mine"] == {"place": None, "friends": 0}


def test_a_reward_that_was_taken_back_counts_no_more(session, client, clock):
    alice = joins(session, "Alice")
    [boris] = brings(session, alice, 1)
    referral = queries.referral_of_friend(session, boris)
    for member_id in (alice, boris):
        referrals.on_accrual_reversed(
            session,
            AccrualReversed(
                transaction_id=new_id(),
                member_id=member_id,
                referral_id=referral.id,
                points=200,
                points_accrued=200,
                facts={},
            ),
        )

    assert asked(client, session, alice)["mine"] == {"place": None, "friends": 0}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_it_is_for_members_only(client, headers):
    assert client.get(PATH, headers=headers).status_code == 401
