"""What others may ask of members."""

from backend.members import queries
from backend.members.devices import PushToken, register_device
from backend.members.profile import erase
from backend.shared.ids import new_id
from tests.factories.members import alice, boris, consents_to, member


def test_a_member_is_labelled_by_first_name_and_initial(session, clock):
    joined = alice(session)
    label = queries.labels(session, [joined.id])[joined.id]
    assert (label.label, label.first_name) == ("Alice K.", "Alice")
    assert label.card_masked == f"•• {joined.card_number[-4:]}"


def test_one_name_stands_alone_and_no_name_is_the_card(session, clock):
    one, nameless = boris(session), member(session)
    labels = queries.labels(session, [one.id, nameless.id])
    assert labels[one.id].label == "Борис"
    assert labels[nameless.id].label == labels[nameless.id].card_masked
    assert labels[nameless.id].first_name is None


def test_readers_have_their_language_and_zone(session, clock):
    readers = queries.readers(session, [alice(session).id, (friend := boris(session)).id, new_id()])
    assert len(readers) == 2
    assert (readers[friend.id].locale, readers[friend.id].zone) == ("ru", "Europe/Moscow")


def test_addresses_are_given_to_those_who_deliver(session, clock):
    joined, anna = alice(session), member(session, email="anna@example.org")
    everybody = [joined.id, anna.id]
    assert queries.contact_addresses(session, everybody, "phone") == {joined.id: "+79123456789"}
    assert queries.contact_addresses(session, everybody, "email") == {anna.id: "anna@example.org"}


def test_only_the_living_live(session, clock):
    joined, gone = alice(session), boris(session)
    erase(session, member_id=gone.id)
    assert queries.living(session, [joined.id, gone.id, new_id()]) == {joined.id}


def test_consenting_members_are_walked_in_pages(session, clock):
    members = sorted(member(session).id for _ in range(5))
    for member_id in members[:4]:
        consents_to(session, member_id)
    consents_to(session, members[1], given=False)
    first = queries.consenting_page(session, purpose="marketing", channel="push", after=None, limit=2)
    second = queries.consenting_page(session, purpose="marketing", channel="push", after=first[-1], limit=2)
    assert (first, second) == ([members[0], members[2]], [members[3]])
    assert queries.consenting_page(session, purpose="marketing", channel="push", after=second[-1], limit=2) == []


def test_a_consent_in_one_channel_is_none_in_another(session, clock):
    joined = alice(session)
    consents_to(session, joined.id, channels=["email"])
    assert queries.consenting(session, [joined.id], "marketing", "email") == {joined.id}
    assert queries.consenting(session, [joined.id], "marketing", "push") == set()


def test_whoever_consented_and_cannot_be_reached_is_not_counted(session, clock):
    joined, friend = alice(session), boris(session)
    for one in (joined, friend):
        consents_to(session, one.id, channels=["push", "sms", "email"])
    register_device(
        session,
        member_id=joined.id,
        install_id="phone-1",
        platform="android",
        push_token=PushToken(kind="token", value="token-1"),
        app_version=None,
    )
    assert queries.count_reachable(session) == queries.Reach(push=1, email=0, sms=2)
    consents_to(session, joined.id, channels=["push", "sms"], given=False)
    assert queries.count_reachable(session) == queries.Reach(push=0, email=0, sms=1)


def a_phone(session, member_id, name, *, token=True):
    return register_device(
        session,
        member_id=member_id,
        install_id=name,
        platform="android",
        push_token=PushToken(kind="token", value=f"token of {name}") if token else None,
        app_version=None,
    )


def test_whoever_can_be_pushed_to_is_walked_in_pages_whatever_they_consented_to(session, clock):
    members = sorted(member(session).id for _ in range(5))
    for number, member_id in enumerate(members[:4]):
        for phone in ("old", "new"):
            a_phone(session, member_id, f"{phone}-{number}", token=number != 1)
    consents_to(session, members[0])
    consents_to(session, members[2], given=False)

    first = queries.push_member_page(session, after=None, limit=2)
    second = queries.push_member_page(session, after=first[-1], limit=2)
    assert (first, second) == ([members[0], members[2]], [members[3]])
    assert queries.push_member_page(session, after=second[-1], limit=2) == []
    assert queries.count_push_members(session) == 3


def test_whose_phone_was_silent_for_months_cannot_be_pushed_to(session, clock):
    a_phone(session, alice(session).id, "left in a drawer")
    clock.advance(days=queries.TOKEN_STALE_DAYS)
    a_phone(session, (friend := boris(session)).id, "in use")
    assert queries.push_member_page(session, after=None, limit=10) == [friend.id]
    assert queries.count_push_members(session) == 1


def test_whoever_was_erased_cannot_be_pushed_to(session, clock):
    a_phone(session, (gone := alice(session)).id, "phone")
    erase(session, member_id=gone.id)
    assert queries.push_member_page(session, after=None, limit=10) == []
    assert queries.count_push_members(session) == 0


def test_one_gmail_mailbox_in_two_spellings_leaves_one_mark(session, clock):
    one, other = member(session, email="anna.petrova@gmail.com"), member(session, email="annapetrova+1@gmail.com")
    marks = queries.contact_marks(session, [one.id, other.id])
    assert one.id != other.id
    assert marks[one.id] == marks[other.id]


def test_nobody_asked_for_is_nobody_found(session, clock):
    assert queries.labels(session, []) == {}
    assert queries.push_device_ids(session, set()) == {}
    assert queries.consenting(session, [], "marketing", "push") == set()
