"""Runs migrations on the connection `backend.database.migrate` hands over."""

from alembic import context

from backend.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=False)
context.run_migrations()
