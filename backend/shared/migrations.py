"""The schema's versions: bringing a database up, and saying whether it is."""

import zlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from backend.settings import Settings
from backend.shared.database_roles import application_role, let_work, owner_engine, owner_needed

ROOT = Path(__file__).resolve().parents[2]
MIGRATION_LOCK = zlib.crc32(b"molva migrations")


def _config() -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def bring_up(settings: Settings) -> None:
    """Brings the database to the newest version as its owner, and lets the application's role work in it.

    Raises:
        SettingsError: it is not the owner who is named, or the application's role may do more than work in the tables.
    """
    with owner_needed():
        upgrade(owner_engine(settings), application_role=application_role(settings))


def upgrade(engine: Engine, *, application_role: str | None = None) -> None:
    """Brings the database to the newest version, and the rights of the role that works in it; two at once wait."""
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.commit()
        try:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if application_role is not None:
                let_work(connection, application_role)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
            connection.execute(text("RESET lock_timeout"))
            connection.commit()


def newest_version() -> str | None:
    """The version that this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def database_version(engine: Engine) -> str | None:
    """The version that the database has; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
