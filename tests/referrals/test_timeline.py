"""What the advocate reads of a friend's way from joining to the reward."""

from backend.referrals.friends import friends_page
from tests.factories.members import headers_of
from tests.factories.referrals import bound, buys, demo_terms, joins, uses_device


def timeline(session, alice):
    session.expire_all()
    (friend,) = friends_page(session, advocate_id=alice, cursor=None, limit=10, locale="en")["items"]
    return [(moment.status, moment.text) for moment in friend.timeline]


def test_each_state_stands_with_its_time_in_order(session, clock):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=boris)
    joined_at = clock.now
    bought_at = clock.advance(days=2)
    buys(session, boris)

    assert timeline(session, alice) == [
        ("joined", "Joined by your invitation"),
        ("pending", "Made the first purchase; the points wait for the return window"),
    ]
    (friend,) = friends_page(session, advocate_id=alice, cursor=None, limit=10, locale="en")["items"]
    assert [moment.at for moment in friend.timeline] == [joined_at, bought_at]


def test_what_happens_in_one_moment_keeps_its_order(session, clock):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=boris)
    buys(session, boris, terms=demo_terms(pending_days=0))

    assert [status for status, _ in timeline(session, alice)] == ["joined", "rewarded"]


def test_a_refusal_stands_there_with_its_reason(session, clock):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=boris)
    buys(session, boris, amount_minor=49_900)

    assert timeline(session, alice)[-1] == (
        "rejected",
        "The first purchase was below ₽500. Not so? Tell us at the till.",
    )


def test_whoever_is_held_is_told_until_when_somebody_decides(session, client, clock):
    alice, boris, dasha = joins(session, "Alice"), joins(session, "Boris"), joins(session, "Dasha")
    for friend in (boris, dasha):
        bound(session, advocate_id=alice, friend_id=friend)
        uses_device(session, friend, "one-phone")
    buys(session, boris)

    answer = client.get("/api/v1/me/referrals", headers=headers_of(session, alice)).json["items"]
    held = next(friend for friend in answer if friend["status"] == "qualified")
    assert held["decision_by"].startswith("2026-11-25T09:31:00")
    assert [moment["status"] for moment in held["timeline"]] == ["joined", "qualified"]
    assert held["timeline"][-1]["text"] == held["reason"]
