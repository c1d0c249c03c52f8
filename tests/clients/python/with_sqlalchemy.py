import os
from contextlib import contextmanager

from sqlalchemy import create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"),
    pool_size=int(os.environ.get("POOL", "10")),
    max_overflow=0,
    connect_args={"prepare_threshold": None},  # poolers by transaction may not keep prepared statements
)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    name: Mapped[str]


@contextmanager
def acting_as(user):
    """One transaction as a user, or as nobody (`None`). Whoever gets the connection next is nobody again."""
    with Session(engine) as session, session.begin():  # commits at its end, or rolls back
        session.execute(
            text("SELECT set_config('role', 'app_user', true), set_config('app.user_id', :user, true)"),
            {"user": "" if user is None else str(user)},
        )
        yield session
