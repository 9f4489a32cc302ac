"""Access and refresh tokens, and those who would forge or copy them."""

import base64
import hashlib
import hmac
import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import text

from backend.members import tokens
from backend.members.errors import SignedOut
from backend.members.profile import erase
from backend.members.tokens import end_family, open_family, recognise, rotate
from tests.factories.members import alice, boris


def forged(app, *, header=None, key=None, **claims):
    """A token such as ours, with some of it changed; signed with our own key unless another one is given."""
    body = {**claims}
    key = key or OctKey.import_key(app.config["MOLVA"].derived_key("access-tokens"))
    head = {"alg": "HS256", "typ": "at+jwt"} | (header or {})
    return jwt.encode(head, body, key, algorithms=[head["alg"]])


@pytest.fixture
def claims(session, clock):
    """What our own tokens claim, for Alice."""
    access_token = open_family(session, member_id=alice(session).id).access_token
    payload = access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_an_access_token_says_whose_it_is(session, clock):
    member = alice(session)
    caller = recognise(session, access_token=open_family(session, member_id=member.id).access_token)
    assert (caller.member_id, caller.locale, caller.zone) == (member.id, "en", "Europe/Moscow")


def test_our_own_claims_are_taken(session, app, claims):
    assert recognise(session, access_token=forged(app, **claims))


def test_an_access_token_lasts_ten_minutes(session, clock):
    access_token = open_family(session, member_id=alice(session).id).access_token
    clock.advance(minutes=9, seconds=59)
    assert recognise(session, access_token=access_token)
    clock.advance(seconds=2)
    with pytest.raises(SignedOut):
        recognise(session, access_token=access_token)


def test_the_demo_clock_does_not_age_a_token(session, clock):
    access_token = open_family(session, member_id=alice(session).id).access_token
    clock.advance(days=30, business_only=True)
    assert recognise(session, access_token=access_token)


def test_a_token_without_a_signature_is_refused(session, claims):
    def part(document):
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    for algorithm in ("none", "None", "NONE"):
        with pytest.raises(SignedOut):
            recognise(session, access_token=f"{part({'alg': algorithm, 'typ': 'at+jwt'})}.{part(claims)}.")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_though_the_key_is_ours(session, app, claims, algorithm):
    key = app.config["MOLVA"].derived_key("access-tokens")
    signed = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": algorithm, "typ": "at+jwt"}, claims)
    )
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    mac = base64.urlsafe_b64encode(hmac.new(key, signed.encode(), digest).digest()).rstrip(b"=").decode()
    with pytest.raises(SignedOut):
        recognise(session, access_token=f"{signed}.{mac}")


def test_an_asymmetric_algorithm_is_refused(session, app, claims):
    with pytest.raises(SignedOut):
        recognise(session, access_token=forged(app, header={"alg": "RS256"}, key=RSAKey.generate_key(), **claims))


def test_another_key_is_refused(session, app, claims):
    with pytest.raises(SignedOut):
        recognise(session, access_token=forged(app, key=OctKey.generate_key(256), **claims))


def test_another_type_of_token_is_refused(session, app, claims):
    with pytest.raises(SignedOut):
        recognise(session, access_token=forged(app, header={"typ": "JWT"}, **claims))


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "molva:staff"},
        {"aud": None},
        {"exp": None},
        {"sid": None},
        {"sid": "\x00"},
        {"sub": "nobody"},
        {"sub": "018f0000-0000-7000-8000-000000000000"},
        {"exp": "tomorrow"},
    ],
)
def test_a_wrong_claim_is_refused(session, app, claims, change):
    with pytest.raises(SignedOut):
        recognise(session, access_token=forged(app, **(claims | change)))


def test_a_token_of_one_member_naming_another_is_refused(session, app, claims):
    with pytest.raises(SignedOut):
        recognise(session, access_token=forged(app, **(claims | {"sub": str(boris(session).id)})))


@pytest.mark.parametrize("junk", ["", ".", "..", "a.b.c", "я.я.я", "\x00", "e30.e30.e30", "." * 5000])
def test_junk_is_no_token(session, junk):
    with pytest.raises(SignedOut):
        recognise(session, access_token=junk)


def test_a_refresh_token_brings_the_next_pair(session, clock):
    first = open_family(session, member_id=alice(session).id)
    second = rotate(session, refresh_token=first.refresh_token)
    assert recognise(session, access_token=second.access_token)
    assert second.refresh_token != first.refresh_token
    assert not isinstance(rotate(session, refresh_token=second.refresh_token), SignedOut)


def test_a_reused_refresh_token_ends_the_whole_family(session, clock):
    first = open_family(session, member_id=alice(session).id)
    second = rotate(session, refresh_token=first.refresh_token)
    assert isinstance(rotate(session, refresh_token=first.refresh_token), SignedOut)
    assert isinstance(rotate(session, refresh_token=second.refresh_token), SignedOut)
    with pytest.raises(SignedOut):
        recognise(session, access_token=second.access_token)


def test_the_end_of_one_family_leaves_the_members_others(session, clock):
    member = alice(session)
    phone, tablet = open_family(session, member_id=member.id), open_family(session, member_id=member.id)
    rotate(session, refresh_token=phone.refresh_token)
    rotate(session, refresh_token=phone.refresh_token)
    assert recognise(session, access_token=tablet.access_token)


def test_an_unused_sign_in_ends_after_sixty_days(session, clock):
    pair = open_family(session, member_id=alice(session).id)
    clock.advance(days=60)
    assert isinstance(rotate(session, refresh_token=pair.refresh_token), SignedOut)


def test_a_used_sign_in_lives_on_and_ends_after_a_year(session, clock):
    pair = open_family(session, member_id=alice(session).id)
    for _ in range(7):
        clock.advance(days=50)
        pair = rotate(session, refresh_token=pair.refresh_token)
        assert not isinstance(pair, SignedOut)
    clock.advance(days=20)
    assert isinstance(rotate(session, refresh_token=pair.refresh_token), SignedOut)


def test_signing_out_acts_on_the_next_request(session, clock):
    pair = open_family(session, member_id=alice(session).id)
    end_family(session, family_id=recognise(session, access_token=pair.access_token).family_id, because="signed out")
    with pytest.raises(SignedOut):
        recognise(session, access_token=pair.access_token)
    assert isinstance(rotate(session, refresh_token=pair.refresh_token), SignedOut)


def test_erasing_acts_on_the_next_request(session, clock):
    member = alice(session)
    pair = open_family(session, member_id=member.id)
    erase(session, member_id=member.id)
    with pytest.raises(SignedOut):
        recognise(session, access_token=pair.access_token)
    assert isinstance(rotate(session, refresh_token=pair.refresh_token), SignedOut)


def test_the_table_does_not_give_a_refresh_token_away(session, clock):
    pair = open_family(session, member_id=alice(session).id)
    row = session.execute(text("SELECT refresh_tokens::text FROM refresh_tokens")).scalar_one()
    assert pair.refresh_token not in row
    assert pair.refresh_token.encode().hex() not in row
    assert len(base64.urlsafe_b64decode(pair.refresh_token + "=")) == 32


def test_tokens_do_not_show_themselves_in_a_log(session, clock):
    pair = open_family(session, member_id=alice(session).id)
    assert pair.access_token not in repr(pair)
    assert pair.refresh_token not in repr(pair)


def test_a_surrogate_is_no_refresh_token(session, clock):
    assert isinstance(rotate(session, refresh_token="\ud800"), SignedOut)
    assert tokens.REFRESH_BYTES * 8 == 256
