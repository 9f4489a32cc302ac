"""Joining in a browser without scripts: address, one-time code, card."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from backend.members import queries as members
from backend.referrals import queries as referrals
from backend.referrals.models import ReferralCode
from backend.referrals.service import own_code
from backend.shared.clock import business_now
from tests.cabinet_landing.visitor import Visitor
from tests.factories.referrals import joins, told

PHONE = "+7 926 111-22-33"


def the_member(session, phone="+79261112233") -> UUID:
    """Who has this phone, found by decrypting what is stored."""
    ids = session.scalars(text("SELECT id FROM members")).all()
    (found,) = [one for one, address in members.contact_addresses(session, ids, "phone").items() if address == phone]
    return found


def asks(visitor: Visitor, **fields) -> Visitor:
    return visitor.submits(**({"phone": PHONE, "rules": True, "data": True} | fields))


def test_a_friend_joins_by_link_code_and_name(session, boris, alice, code, sent_code):
    asks(boris.opens(f"/r/{code}?c=messenger"), offers_push=True)
    assert boris.path == "/join/code"
    assert "We sent 7 digits to +7 926 111-22-33." in boris.words

    boris.submits(code=sent_code(), name="Boris")

    assert boris.path == "/join/welcome"
    assert "Boris, your card is ready" in boris.words
    member_id = the_member(session)
    referral = referrals.referral_of_friend(session, member_id)
    assert (referral.advocate_id, referral.channel, referral.status) == (alice, "messenger", "joined")
    assert told(session, alice)[0][0] == "Boris joined by your link"


def test_the_welcome_page_shows_the_card_and_what_comes_next(session, boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    boris.submits(code=sent_code(), name="Boris")

    number = session.scalar(text("SELECT card_number FROM members WHERE id = :id"), {"id": the_member(session)})
    assert f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}" in boris.words
    assert "From ₽500 on, the invitation brings you 200" in boris.words
    assert "14 days later the points are yours" in boris.words


def test_only_what_was_ticked_is_consented_to(session, boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"), offers_email=True)
    boris.submits(code=sent_code(), name="")

    rows = session.execute(text("SELECT purpose, channel, given FROM consents ORDER BY purpose, channel")).all()
    assert [tuple(row) for row in rows] == [("marketing", "email", True), ("personal_data", "any", True)]


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(boris, code):
    boris.opens(f"/r/{code}").submits(phone="12", offers_sms=True, rules=True)

    assert boris.status == 422
    assert "Alice invited you" in boris.words
    assert boris.form.fields["phone"] == "12"
    assert boris.form.boxes["offers_sms"]
    assert boris.form.boxes["rules"]
    assert not boris.form.boxes["data"]
    assert "Without it there is nowhere to keep your points." in boris.words


def test_a_phone_that_is_none_is_said_beside_it(boris, code):
    asks(boris.opens(f"/r/{code}"), phone="+7 926 11")

    assert boris.status == 422
    assert 'id="phone-words"' in boris.html
    assert boris.form.fields["phone"] == "+7 926 11"


def test_a_wrong_code_is_said_beside_it_and_the_name_stays(boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    wrong = "0000000" if sent_code() != "0000000" else "1111111"

    boris.submits(code=wrong, name="Boris")

    assert (boris.status, boris.path) == (422, "/join/code")
    assert boris.form.fields == boris.form.fields | {"code": wrong, "name": "Boris"}
    assert "This code is wrong or no longer valid" in boris.words
    assert boris.submits(code=sent_code()).path == "/join/welcome"


def test_a_code_that_was_not_entered_is_asked_for_without_costing_a_try(session, boris, code):
    asks(boris.opens(f"/r/{code}"))

    boris.submits(code="", name="Boris")

    assert "Enter the code from the message." in boris.words
    assert session.scalar(text("SELECT wrong_tries FROM sign_in_codes")) == 0


def test_whoever_comes_back_to_the_form_goes_on_with_the_code_that_is_on_its_way(boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    first = sent_code()

    asks(boris.opens(f"/r/{code}"))

    assert boris.path == "/join/code"
    assert boris.submits(code=first).path == "/join/welcome"


def test_another_code_can_be_asked_for_after_a_minute(boris, clock, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    first = sent_code()
    boris.submits(1, again="1")
    assert boris.status == 422
    assert "A code was sent a moment ago" in boris.words

    clock.advance(seconds=61)
    boris.submits(1, again="1")

    assert boris.status == 200
    assert "Another code is on its way." in boris.words
    assert sent_code() != first


def test_by_e_mail_too(session, boris, code, sent_code):
    boris.opens(f"/r/{code}").opens("/join?by=email")
    boris.submits(email="boris@example.org", rules=True, data=True)
    boris.submits(code=sent_code(), name="Boris")

    assert boris.path == "/join/welcome"
    assert "Sign in to the app with the same e-mail address" in boris.words


def test_one_may_join_without_any_code(session, boris, sent_code):
    asks(boris.opens("/r/WWWWWWWWW"))
    boris.submits(code=sent_code(), name="Boris")

    assert boris.path == "/join/welcome"
    assert referrals.referral_of_friend(session, the_member(session)) is None


def test_a_typed_code_binds_however_it_is_typed(session, boris, alice, code, sent_code):
    asks(boris.opens("/join"), referral_code=f"{code[:3]}-{code[3:6]}-{code[6:]}".lower())
    boris.submits(code=sent_code(), name="Boris")

    referral = referrals.referral_of_friend(session, the_member(session))
    assert (referral.advocate_id, referral.channel) == (alice, "typed")


def test_a_typed_code_goes_before_the_link_that_was_opened(session, boris, code, sent_code):
    dasha = joins(session, "Dasha")
    dashas_code = own_code(session, member_id=dasha, at=business_now())
    boris.opens(f"/r/{code}").opens(f"/r/{dashas_code}")
    assert "/join?typed=1" in boris.links
    boris.opens("/join?typed=1")

    asks(boris, referral_code=dashas_code)
    boris.submits(code=sent_code(), name="Boris")

    assert referrals.referral_of_friend(session, the_member(session)).advocate_id == dasha


def test_a_typed_code_that_nobody_has_is_said_beside_it_and_sends_no_message(session, boris):
    asks(boris.opens("/join"), referral_code="WWW-WWW-WWW")

    assert boris.status == 422
    assert "This invitation code is not known" in boris.words
    assert boris.form.fields["referral_code"] == "WWW-WWW-WWW"
    assert session.scalar(text("SELECT count(*) FROM sign_in_codes")) == 0


def test_typing_wrong_codes_runs_into_the_same_limit(app, boris, monkeypatch):
    monkeypatch.setitem(app.config, "WRONG_REFERRAL_CODES_LIMIT", "5 per hour")
    boris.opens("/r/WWWWWWWWW")
    statuses = [asks(boris, referral_code="WWWWWWWWW").status for _ in range(5)]

    assert statuses == [422] * 4 + [429]


def test_a_code_that_ends_on_the_way_keeps_nobody_from_joining(session, boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    session.scalars(select(ReferralCode)).one().ends_at = business_now()
    session.flush()

    boris.submits(code=sent_code(), name="Boris")

    assert boris.path == "/join/welcome"


def test_for_somebody_who_is_a_member_already_nothing_changes(session, boris, alice, code, sent_code):
    lena = joins(session, "Lena", phone="+79261112233")
    asks(boris.opens(f"/r/{code}"))
    boris.submits(code=sent_code(), name="Somebody else")

    assert "Lena, you have a card already" in boris.words
    assert "The invitation is for new guests." in boris.words
    assert referrals.referral_of_friend(session, lena) is None
    assert told(session, alice) == []


def test_the_invitation_is_used_up_and_the_next_person_begins_anew(boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    boris.submits(code=sent_code(), name="Boris")

    assert "Alice" not in boris.opens("/join").words


@pytest.mark.parametrize("path", ["/join", "/join/code"])
def test_another_site_cannot_send_the_forms(boris, code, path):
    asks(boris.opens(f"/r/{code}"))

    response = boris.client.post(path, data={"phone": PHONE, "rules": "1", "data": "1", "code": "1"})

    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/join/code", "/join/welcome"])
def test_nobody_enters_in_the_middle(boris, path):
    assert boris.opens(path).path == "/join"


def test_the_card_is_shown_for_half_an_hour(boris, clock, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    boris.submits(code=sent_code(), name="Boris")
    clock.advance(minutes=29)
    assert boris.opens("/join/welcome").path == "/join/welcome"

    clock.advance(minutes=2)

    assert boris.opens("/join/welcome").path == "/join"


def test_what_was_typed_cannot_be_read_in_the_cookie_nor_used_for_another(boris, client, code):
    asks(boris.opens(f"/r/{code}"))
    cookie = client.get_cookie("joining", path="/join").value

    assert "926" not in cookie
    client.set_cookie("card", cookie, path="/join")
    assert boris.opens("/join/welcome").path == "/join"


def test_neither_phone_nor_name_stands_in_an_address(boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    visited = [boris.path]
    boris.submits(code=sent_code(), name="Boris")
    visited.append(boris.path)

    assert visited == ["/join/code", "/join/welcome"]


def test_a_name_with_markup_is_shown_as_it_is(boris, code, sent_code):
    asks(boris.opens(f"/r/{code}"))
    boris.submits(code=sent_code(), name="<b>Boris</b>")

    assert "&lt;b&gt;Boris&lt;/b&gt;, your card is ready" in boris.html


@pytest.mark.parametrize("name", ["x" * 101, "Bo\x00ris"])
def test_a_name_that_cannot_be_kept_is_said_beside_it(boris, code, sent_code, name):
    asks(boris.opens(f"/r/{code}"))

    boris.submits(code=sent_code(), name=name)

    assert boris.status == 422
    assert 'id="name-words"' in boris.html
