"""The demo's commands work in the demo alone, and say to programs what they did."""

import json

from flask import Flask

from backend.demo.cli import demo_commands


def test_outside_the_demo_nothing_is_changed(committed_app: Flask) -> None:
    for command in ("seed", "reset"):
        result = committed_app.test_cli_runner().invoke(demo_commands, [command])
        assert result.exit_code == 1
        assert "This is no demo" in result.output


def test_programs_are_answered_in_json(demo_app: Flask) -> None:
    result = demo_app.test_cli_runner().invoke(demo_commands, ["seed", "--members", "3", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["members"] == 3


def test_people_are_told_in_words(demo_app: Flask) -> None:
    result = demo_app.test_cli_runner().invoke(demo_commands, ["reset", "--members", "2"])
    assert "The demo shop is open: Alice, her friends, 2 guests" in result.output
