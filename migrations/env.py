"""Alembic on `Base.metadata`, inside the application that `molva` made; the connection is the caller's."""

from alembic import context

from backend.shared.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
