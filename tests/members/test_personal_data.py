"""Personal data at rest."""

from dataclasses import replace

import pytest

from backend.members.personal_data import PersonalData, UnreadablePersonalData
from backend.shared.ids import new_id


@pytest.fixture
def keys(app) -> PersonalData:
    return PersonalData(app.config["MOLVA"])


def test_what_was_sealed_opens_with_the_unwrapped_key(keys):
    member_id = new_id()
    made = keys.new_member_key(member_id)
    sealed = made.key.seal_text("Алиса Ковалёва", place="members.name_ciphertext")
    opened = keys.member_key(member_id, made.key_ciphertext)
    assert opened.open_text(sealed, place="members.name_ciphertext") == "Алиса Ковалёва"


def test_nothing_of_the_text_is_seen_in_the_ciphertext(keys):
    sealed = keys.new_member_key(new_id()).key.seal_text("+79123456789", place="here")
    assert b"912345" not in sealed


def test_the_same_text_is_sealed_differently_each_time(keys):
    key = keys.new_member_key(new_id()).key
    assert key.seal_text("Alice", place="here") != key.seal_text("Alice", place="here")


def test_a_ciphertext_moved_to_another_row_does_not_open(keys):
    key = keys.new_member_key(new_id()).key
    sealed = key.seal_text("Alice", place="members.name_ciphertext")
    with pytest.raises(UnreadablePersonalData):
        key.open_text(sealed, place="member_contacts.ciphertext")


def test_a_wrapped_key_moved_to_another_member_does_not_open(keys):
    made = keys.new_member_key(new_id())
    with pytest.raises(UnreadablePersonalData):
        keys.member_key(new_id(), made.key_ciphertext)


def test_another_members_key_opens_nothing(keys):
    one, other = keys.new_member_key(new_id()).key, keys.new_member_key(new_id()).key
    with pytest.raises(UnreadablePersonalData):
        other.open_text(one.seal_text("Alice", place="here"), place="here")


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_an_altered_ciphertext_does_not_open(keys, position):
    key = keys.new_member_key(new_id()).key
    sealed = bytearray(key.seal_text("Alice", place="here"))
    sealed[position] ^= 1
    with pytest.raises(UnreadablePersonalData):
        key.open_text(bytes(sealed), place="here")


def test_the_database_alone_opens_nothing(app, keys):
    elsewhere = PersonalData(replace(app.config["MOLVA"], secret_key="another-secret-of-another-installation"))
    member_id = new_id()
    with pytest.raises(UnreadablePersonalData):
        elsewhere.member_key(member_id, keys.new_member_key(member_id).key_ciphertext)
    assert keys.lookup("contact.phone", "+79123456789") != elsewhere.lookup("contact.phone", "+79123456789")


def test_a_lookup_of_one_kind_is_not_one_of_another(keys):
    assert keys.lookup("contact.phone", "x") != keys.lookup("contact.email", "x")
