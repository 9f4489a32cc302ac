"""Which e-mail addresses are handed out for minutes."""

import pytest

from backend.screening.email_domains import is_disposable


@pytest.mark.parametrize(
    "address", ["boris@mailinator.com", "BORIS@Mailinator.COM", "boris@deep.below.mailinator.com."]
)
def test_a_mailbox_for_minutes_is_known(address):
    assert is_disposable(address)


@pytest.mark.parametrize(
    "address", ["boris@gmail.com", "boris@yandex.ru", "boris@mailinator.com.example", "boris@com", "boris"]
)
def test_a_lasting_mailbox_passes(address):
    assert not is_disposable(address)
