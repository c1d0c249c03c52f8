import os
from contextlib import contextmanager

from psycopg_pool import ConnectionPool

pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    max_size=int(os.environ.get("POOL", "10")),
    min_size=1,
    kwargs={"prepare_threshold": None},  # poolers by transaction may not keep prepared statements
)


@contextmanager
def acting_as(user):
    """One transaction as a user, or as nobody (`None`). Whoever gets the connection next is nobody again."""
    with pool.connection() as connection:  # commits at its end, or rolls back
        connection.execute(
            "SELECT set_config('role', 'app_user', true), set_config('app.user_id', %s, true)",
            ["" if user is None else str(user)],
        )
        yield connection
