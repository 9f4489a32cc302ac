"""A poster to be printed: whose invitation, to what, and a QR code whose visits are counted as print."""

from urllib.parse import unquote

from backend.referrals import links, qr, queries
from backend.shared.clock import business_now


def drawing(html: str) -> bytes:
    """The QR code on the poster."""
    return unquote(html.split("data:image/svg+xml,")[1].split('"')[0]).encode()


def test_the_poster_says_who_invites_to_what_and_how(boris, code):
    boris.opens(f"/r/{code}/poster")

    assert boris.status == 200
    assert "Alice invites you 200 points for your first purchase" in boris.words
    assert f"{code[:3]}-{code[3:6]}-{code[6:]}" in boris.words
    assert "after a purchase of ₽500 or more" in boris.words


def test_its_code_leads_to_the_landing_page_by_the_channel_print(boris, code):
    boris.opens(f"/r/{code}/poster")

    assert drawing(boris.html) == qr.svg(f"http://127.0.0.1:8000/r/{code}?c=print")


def test_a_named_link_has_a_poster_of_its_own(session, boris, alice, code):
    named = links.name_link(
        session, member_id=alice, label="Gym", at=business_now(), public_url="http://127.0.0.1:8000"
    )

    boris.opens(f"/r/{code}/poster?l={named.slug}")

    assert drawing(boris.html) == qr.svg(named.link)


def test_a_look_at_the_poster_is_no_visit(session, boris, alice, code):
    boris.opens(f"/r/{code}/poster")

    assert queries.visits_by_channel(session, alice) == {}
    assert boris.client.get_cookie("invited") is None


def test_a_poster_of_an_unknown_code_is_the_kind_page_of_one(boris):
    boris.opens("/r/WWWWWWWWW/poster")

    assert boris.status == 404
    assert "You are welcome all the same." in boris.words


def test_the_shops_own_poster_promises_no_invitation(boris):
    boris.opens("/join/poster")

    assert boris.status == 200
    assert "5% of every purchase back in points" in boris.words
    assert "invites you" not in boris.words


def test_guessing_posters_runs_into_the_limit_of_wrong_codes(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "WRONG_REFERRAL_CODES_LIMIT", "2 per hour")

    statuses = [client.get("/r/WWWWWWWWW/poster").status_code for _ in range(3)]

    assert statuses == [303, 303, 429]
