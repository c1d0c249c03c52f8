CREATE TABLE users (
  id integer PRIMARY KEY, kind text, name text, boss_id integer REFERENCES users DEFERRABLE INITIALLY DEFERRED,
  nick text UNIQUE DEFERRABLE INITIALLY DEFERRED
);
