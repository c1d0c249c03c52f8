CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id integer REFERENCES users, body text, long boolean);
