"""Devices: where pushes go, whose they have been."""

import pytest
from sqlalchemy import select

from backend.members import cards, marks, queries
from backend.members.devices import PushToken, forget_push_address, register_device, remove_device
from backend.members.errors import UnknownDevice
from backend.members.events import FurtherDeviceLinked
from backend.members.models import Device
from tests.factories.members import alice, boris


def register(session, member, install_id="phone-1", token="token-1", kind="token", platform="android"):
    push_token = PushToken(kind=kind, value=token) if token else None
    return register_device(
        session,
        member_id=member.id,
        install_id=install_id,
        platform=platform,
        push_token=push_token,
        app_version="1.4.0",
    )


def test_a_device_can_be_pushed_to(session, clock):
    joined = alice(session)
    device = register(session, joined)
    assert queries.push_device_ids(session, [joined.id]) == {joined.id: [device.id]}
    address = queries.device_addresses(session, [device.id])[device.id]
    assert (address.member_id, address.token_kind, address.token, address.stale) == (
        joined.id,
        "token",
        "token-1",
        False,
    )


def test_a_firebase_installation_id_is_kept_as_one(session, clock):
    device = register(session, alice(session), token="fid-1", kind="fid")
    assert queries.device_addresses(session, [device.id])[device.id].token_kind == "fid"


def test_a_device_without_a_token_is_not_pushed_to(session, clock):
    joined = alice(session)
    device = register(session, joined, token=None)
    assert queries.push_device_ids(session, [joined.id]) == {}
    assert queries.device_addresses(session, [device.id]) == {}
    assert device.push is False


def test_registering_again_replaces_the_token(session, clock):
    joined = alice(session)
    device = register(session, joined)
    register(session, joined, token="token-2")
    assert queries.device_addresses(session, [device.id])[device.id].token == "token-2"


def test_a_device_moves_to_whoever_signs_in_on_it(session, clock):
    joined, friend = alice(session), boris(session)
    device = register(session, joined)
    register(session, friend)
    assert queries.push_device_ids(session, [joined.id, friend.id]) == {friend.id: [device.id]}
    assert queries.device_addresses(session, [device.id])[device.id].member_id == friend.id


def test_both_links_of_a_moved_device_stay_as_evidence(session, clock):
    joined, friend = alice(session), boris(session)
    register(session, joined)
    register(session, friend)
    used = marks.marks_of(session, [joined.id, friend.id])
    assert {mark.member_id for mark in used} == {joined.id, friend.id}
    assert len({mark.what for mark in used}) == 1
    assert marks.sharing(session, {used[0].what}) == used


def test_knowing_somebodys_install_id_gives_nothing_of_theirs(session, clock):
    """Mallory's own pushes go to the device she names; Alice's token and card stay unknown to her."""
    joined, mallory = alice(session), boris(session)
    register(session, joined)
    key = cards.issue_card_key(session, member_id=joined.id, install_id="phone-1")
    device = register(session, mallory, token=None)
    other = cards.issue_card_key(session, member_id=mallory.id, install_id="phone-1")
    assert queries.device_addresses(session, [device.id]) == {}
    assert other.secret != key.secret
    with pytest.raises(UnknownDevice):
        remove_device(session, member_id=mallory.id, install_id="phone-of-somebody-else")


def test_somebody_elses_device_cannot_be_removed(session, clock):
    joined, mallory = alice(session), boris(session)
    device = register(session, joined)
    with pytest.raises(UnknownDevice):
        remove_device(session, member_id=mallory.id, install_id="phone-1")
    assert session.get(Device, device.id) is not None


def test_a_token_reaches_one_installation(session, clock):
    joined = alice(session)
    register(session, joined, install_id="before-restore")
    newer = register(session, joined, install_id="after-restore")
    assert queries.push_device_ids(session, [joined.id]) == {joined.id: [newer.id]}


def test_a_removed_device_is_gone_once(session, clock):
    joined = alice(session)
    register(session, joined)
    remove_device(session, member_id=joined.id, install_id="phone-1")
    assert queries.push_device_ids(session, [joined.id]) == {}
    with pytest.raises(UnknownDevice):
        remove_device(session, member_id=joined.id, install_id="phone-1")


def test_a_token_that_its_provider_calls_dead_is_forgotten(session, clock):
    joined = alice(session)
    device = register(session, joined)
    clock.advance(seconds=1)
    forget_push_address(session, device_id=device.id, registered_before=clock.now)
    assert queries.push_device_ids(session, [joined.id]) == {}


def test_a_token_registered_after_the_dead_one_was_tried_is_kept(session, clock):
    joined = alice(session)
    tried_at = clock.now
    device = register(session, joined)
    forget_push_address(session, device_id=device.id, registered_before=tried_at)
    assert queries.push_device_ids(session, [joined.id]) == {joined.id: [device.id]}


def test_a_token_not_refreshed_for_270_days_is_dead(session, clock):
    joined = alice(session)
    device = register(session, joined)
    clock.advance(days=270)
    assert queries.push_device_ids(session, [joined.id]) == {}
    assert queries.device_addresses(session, [device.id])[device.id].stale is True


def test_the_demo_clock_does_not_age_a_token(session, clock):
    joined = alice(session)
    register(session, joined)
    clock.advance(days=400, business_only=True)
    assert joined.id in queries.push_device_ids(session, [joined.id])


def test_the_table_does_not_give_a_token_away(session, clock):
    register(session, alice(session))
    row = session.scalars(select(Device)).one()
    assert b"token-1" not in row.token_ciphertext + row.token_lookup_hmac


@pytest.fixture
def told(app, monkeypatch):
    events = []

    def hear(_session, event):
        if isinstance(event, FurtherDeviceLinked):
            events.append(event)

    monkeypatch.setattr(app.extensions["molva_events"], "publish", hear)
    return events


def test_a_further_device_is_told_once_and_the_first_one_not(session, clock, told):
    joined = alice(session)
    told.clear()
    register(session, joined)
    register(session, joined)
    assert told == []
    register(session, joined, install_id="phone-2", token="token-2")
    register(session, joined, install_id="phone-2", token="token-2")
    (event,) = told
    assert (event.member_id, event.platform, event.linked_at) == (joined.id, "android", clock.now)
    assert event.change.kind == "device"


def test_a_card_key_for_a_further_device_counts_as_using_it(session, clock):
    joined = alice(session)
    register(session, joined)
    assert queries.further_device_at(session, [joined.id]) == {}
    clock.advance(hours=3)
    cards.issue_card_key(session, member_id=joined.id, install_id="thiefs-phone")
    assert queries.further_device_at(session, [joined.id]) == {joined.id: clock.now}
