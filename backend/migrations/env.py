"""Runs migrations on the connection `backend.database.migrate` hands over. Of the models they need the naming alone."""

from alembic import context

from backend.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=False)
context.run_migrations()
