"""Tries one of the programs beside this file: `python check.py psycopg` or `python check.py sqlalchemy`."""

import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import psycopg.errors
import sqlalchemy.exc
from sqlalchemy import select, text

NAME = sys.argv[1]
if NAME == "psycopg":
    from with_psycopg import acting_as, pool

    def see(connection):
        return [number for (number,) in connection.execute("SELECT id FROM items ORDER BY id")]

    def create(connection, number, user):
        connection.execute("INSERT INTO items (id, user_id, name) VALUES (%s, %s, 'Lamp')", [number, user])

    def remove(connection, number):
        connection.execute("DELETE FROM items WHERE id = %s", [number])

    def without_transaction(query):
        with pool.connection() as connection:
            return connection.execute(query).fetchall()

else:
    from with_sqlalchemy import Item, acting_as, engine

    def see(session):
        return list(session.scalars(select(Item.id).order_by(Item.id)))

    def create(session, number, user):
        session.add(Item(id=number, user_id=user, name="Lamp"))
        session.flush()

    def remove(session, number):
        session.delete(session.get(Item, number))

    def without_transaction(query):
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


OF = {"1": [11, 12], "2": [21, 22], None: [], "99": [], "nonsense": []}


def seen_by(user):
    with acting_as(user) as session:
        return see(session)


def expect_refusal(work):
    try:
        work()
    except psycopg.errors.InsufficientPrivilege:
        return
    except sqlalchemy.exc.ProgrammingError as error:
        assert isinstance(error.orig, psycopg.errors.InsufficientPrivilege), error
        return
    raise AssertionError("it was not refused")


def change_what_is_not_theirs():
    with acting_as("1") as session:
        create(session, 13, 1)
        create(session, 23, 2)


# As somebody, and as nobody.
for user, items in OF.items():
    assert seen_by(user) == items, user

# What is done stays, and is the user's own.
with acting_as("1") as session:
    create(session, 13, 1)
assert (seen_by("1"), seen_by("2")) == ([11, 12, 13], [21, 22])
with acting_as("1") as session:
    remove(session, 13)

# An error in the middle: nothing stays, of the work or of the identity.
expect_refusal(change_what_is_not_theirs)
assert seen_by("1") == [11, 12]
try:
    with acting_as("1"):
        raise KeyError("of the application")
except KeyError:
    pass
assert seen_by(None) == []

# Many users in one pool, at once.
users = [list(OF)[index % len(OF)] for index in range(60)]
with ThreadPoolExecutor(8) as threads:
    for user, seen in zip(users, threads.map(seen_by, users)):
        assert seen == OF[user], user

# Outside of a transaction nobody is anybody, whoever came before: the login has no rights of its own.
assert seen_by("2") == [21, 22]
asked = "SELECT current_setting('app.user_id', true), current_user = session_user"
((identity, is_login),) = without_transaction(asked)
assert not identity and is_login, identity
expect_refusal(lambda: without_transaction("SELECT FROM items"))

if NAME == "psycopg":
    pool.close()
print(f"{NAME}: as it should be")
