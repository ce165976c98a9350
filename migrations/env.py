"""Alembic's entry. The database comes from `DMP_DATABASE_URL`, or from the connection that the caller hands in."""

import os

from alembic import context
from sqlalchemy import Connection

from app.kit.database import create_engine
from app.tables import metadata


def _configure(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # A migration must never queue behind a long reader and hold up everybody else meanwhile.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _configure(given)
else:
    url = context.config.get_main_option("sqlalchemy.url") or os.environ.get("DMP_DATABASE_URL")
    if not url:
        raise SystemExit("DMP_DATABASE_URL is not set")
    engine = create_engine(url)
    with engine.connect() as connection:
        _configure(connection)
        connection.commit()
    engine.dispose()
