"""The ledger by itself: what features above it want to be held to is theirs to test."""

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def _no_invariants_from_above(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "molva_ledger_invariants", [])
