"""The version of Molva, as `pyproject.toml` has it."""

VERSION = "0.1.0"
