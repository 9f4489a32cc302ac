"""A member's own data: read, changed, erased."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from backend.members import cards, queries
from backend.members.consents import TEXT_VERSION, ConsentChange
from backend.members.devices import PushToken, register_device
from backend.members.errors import UnknownMember
from backend.members.events import MemberErased, ProfileFilled
from backend.members.models import CardKey, Consent, Device, DeviceLink, Member, MemberContact, TokenFamily
from backend.members.personal_data import personal_data
from backend.members.profile import ADDRESS_PLACE, change_profile, erase, profile, record_consents
from backend.members.tokens import open_family
from tests.factories.members import ALICE_PHONE, NETWORK, alice, boris, consents_to, headers_of, member


def given(session, member_id):
    return {(state.purpose, state.channel): state.given for state in profile(session, member_id=member_id).consents}


def test_contacts_are_shown_masked(session, clock):
    assert profile(session, member_id=alice(session).id).phone_masked == "+7 ••• •••-67-89"
    anna = member(session, email="anna@example.org")
    assert profile(session, member_id=anna.id).email_masked == "a•••@example.org"


def test_a_name_is_changed_and_taken_away(session, clock):
    joined = alice(session)
    assert change_profile(session, member_id=joined.id, name="Алиса").name == "Алиса"
    assert change_profile(session, member_id=joined.id, name=None).name is None


def test_a_birthday_is_told_and_taken_away(session, clock):
    joined = alice(session)
    assert change_profile(session, member_id=joined.id, birthday="02-29").birthday == "02-29"
    assert queries.profiles(session, [joined.id])[joined.id].birthday == (2, 29)
    assert change_profile(session, member_id=joined.id, birthday=None).birthday is None
    assert queries.profiles(session, [joined.id])[joined.id].birthday is None


def test_a_birthday_goes_with_its_owner(session, clock):
    joined = alice(session)
    change_profile(session, member_id=joined.id, birthday="05-17")
    erase(session, member_id=joined.id)
    assert session.scalar(select(Member.birthday).where(Member.id == joined.id)) is None
    assert queries.profiles(session, [joined.id]) == {}


@pytest.mark.parametrize(
    ("birthday", "status"), [("05-17", 200), ("02-29", 200), ("02-30", 422), ("13-01", 422), ("5-1", 422), ("", 422)]
)
def test_a_birthday_is_a_day_of_some_year(session, client, clock, birthday, status):
    headers = headers_of(session, alice(session).id)
    answer = client.patch("/api/v1/me", json={"birthday": birthday}, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json["birthday"] == client.get("/api/v1/me", headers=headers).json["birthday"] == birthday


def test_a_filled_profile_is_told_of_when_its_last_part_comes(session, app, clock, monkeypatch):
    told = []
    monkeypatch.setattr("backend.members.profile.publish", lambda _session, event: told.append(event))
    filled = [ProfileFilled(member_id=(joined := member(session)).id)]

    def of_filled():
        return [event for event in told if isinstance(event, ProfileFilled)]

    change_profile(session, member_id=joined.id, birthday="05-17")
    assert of_filled() == []
    change_profile(session, member_id=joined.id, name="Анна")
    assert of_filled() == filled
    change_profile(session, member_id=joined.id, locale="ru")
    assert of_filled() == filled


def test_what_is_left_out_stays(session, clock):
    joined = alice(session)
    changed = change_profile(session, member_id=joined.id, zone="Asia/Yekaterinburg")
    assert (changed.name, changed.locale, changed.zone) == ("Alice Kovaleva", "en", "Asia/Yekaterinburg")


def test_nobody_has_consented_to_anything_by_joining(session, clock):
    assert profile(session, member_id=alice(session).id).consents == []


def test_a_consent_is_for_one_purpose_in_one_channel(session, clock):
    joined = alice(session)
    consents_to(session, joined.id, channels=["push"])
    assert given(session, joined.id) == {("marketing", "push"): True}


def test_a_consent_is_taken_back_with_one_word(session, clock):
    joined = alice(session)
    consents_to(session, joined.id)
    clock.advance(days=1)
    consents_to(session, joined.id, given=False)
    (state,) = profile(session, member_id=joined.id).consents
    assert (state.given, state.given_at) == (False, clock.now)


def test_the_log_keeps_every_word_with_text_time_and_address(session, clock):
    joined = alice(session)
    consents_to(session, joined.id)
    consents_to(session, joined.id, given=False)
    rows = session.scalars(select(Consent).order_by(Consent.revision)).all()
    key = queries.member_keys(session, [joined.id])[joined.id]
    assert [(row.revision, row.given, row.text_version) for row in rows] == [
        (1, True, TEXT_VERSION),
        (2, False, TEXT_VERSION),
    ]
    assert key.open_text(rows[0].address_ciphertext, place=ADDRESS_PLACE) == NETWORK


def test_what_changes_nothing_adds_nothing(session, clock):
    joined = alice(session)
    consents_to(session, joined.id, given=False)
    consents_to(session, joined.id)
    consents_to(session, joined.id)
    assert session.scalar(select(func.count()).select_from(Consent)) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE consents SET given = false", "DELETE FROM consents", "TRUNCATE consents CASCADE"]
)
def test_the_log_of_consents_cannot_be_rewritten(session, clock, statement):
    consents_to(session, alice(session).id)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


@pytest.fixture
def erased(session, clock):
    """Alice with all that a member may have, erased."""
    joined = alice(session)
    consents_to(session, joined.id, channels=["push", "sms"])
    register_device(
        session,
        member_id=joined.id,
        install_id="alices-phone",
        platform="android",
        push_token=PushToken(kind="token", value="alices-token"),
        app_version="1.0",
    )
    cards.issue_card_key(session, member_id=joined.id, install_id="alices-phone")
    open_family(session, member_id=joined.id)
    erase(session, member_id=joined.id)
    session.expire_all()
    return joined


def test_erasing_leaves_no_personal_row(session, erased):
    for table in (MemberContact, Device, CardKey, TokenFamily):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_erasing_destroys_the_key_and_keeps_the_row_for_the_books(session, erased, clock):
    row = session.get_one(Member, erased.id)
    assert (row.key_ciphertext, row.name_ciphertext, row.erased_at) == (None, None, clock.now)
    assert row.card_number


def test_an_old_copy_of_the_row_opens_nothing_without_the_key(session, clock):
    joined = alice(session)
    sealed, other = joined.name_ciphertext, boris(session)
    erase(session, member_id=joined.id)
    with pytest.raises(Exception, match="another key"):
        personal_data().member_key(other.id, other.key_ciphertext).open(sealed, place=queries.NAME_PLACE)


def test_erasing_takes_back_every_consent(session, erased):
    assert queries.consenting(session, [erased.id], "marketing", "push") == set()
    assert queries.consenting_page(session, purpose="marketing", channel="sms", after=None, limit=10) == []


def test_the_evidence_of_devices_stays_without_naming_one(session, erased):
    links = session.scalars(select(DeviceLink)).all()
    assert [link.member_id for link in links] == [erased.id]
    assert b"alices-phone" not in links[0].install_hmac


def test_an_erased_member_is_unknown(session, erased):
    for refused in (
        lambda: profile(session, member_id=erased.id),
        lambda: erase(session, member_id=erased.id),
        lambda: change_profile(session, member_id=erased.id, name="Alice"),
        lambda: record_consents(
            session,
            member_id=erased.id,
            changes=[ConsentChange(purpose="marketing", channel="push", given=True)],
            network_address=None,
        ),
        lambda: cards.show_card(session, member_id=erased.id),
    ):
        with pytest.raises(UnknownMember):
            refused()


def test_an_erased_member_is_shown_by_the_card_alone(session, erased):
    label = queries.labels(session, [erased.id])[erased.id]
    assert (label.label, label.first_name) == (label.card_masked, None)
    assert queries.readers(session, [erased.id]) == {}


def test_an_erased_card_is_nobodys(session, erased):
    row = session.get_one(Member, erased.id)
    assert cards.resolve_codes(session, [row.card_number, ALICE_PHONE]) == [None, None]


def test_the_person_may_join_anew_as_somebody_new(session, erased):
    assert alice(session).id != erased.id


def test_erasing_is_told(session, clock, app, monkeypatch):
    joined, events = alice(session), []
    monkeypatch.setattr(app.extensions["molva_events"], "publish", lambda _session, event: events.append(event))
    erase(session, member_id=joined.id)
    assert events == [MemberErased(member_id=joined.id)]


def test_the_database_refuses_an_erased_member_with_a_name(session, erased):
    with pytest.raises(DBAPIError, match="erased_is_empty"), session.begin_nested():
        session.execute(text("UPDATE members SET name_ciphertext = 'x' WHERE erased_at IS NOT NULL"))
