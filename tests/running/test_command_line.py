"""What a command says when it refuses: a sentence, what to do, and a meaningful exit code."""

from typing import Any

import pytest

from backend import cli
from backend.ledger.errors import BookStillWrong
from backend.shared.errors import DomainError
from backend.shops.errors import UnknownStore
from backend.staff.errors import LoginRefused, StoreNeeded


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (StoreNeeded(), "This role needs a store."),
        (UnknownStore(store="nowhere"), "There is no store nowhere. `molva shop show`"),
        (BookStillWrong(invariants="lots equal balances"), "lots equal balances"),
        (LoginRefused(errors={"login": ["Another account has it."]}), "login: Another account has it."),
    ],
)
def test_a_refusal_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], refusal: DomainError, said: str
) -> None:
    def refuse(**_options: Any) -> None:
        raise refusal

    monkeypatch.setattr(cli.molva, "main", refuse)
    with pytest.raises(SystemExit) as end:
        cli.main()
    told = capsys.readouterr().err
    assert (end.value.code, said in told) == (65, True), told
    assert refusal.slug not in told
