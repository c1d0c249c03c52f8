CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE notes (id bigserial PRIMARY KEY, user_id integer REFERENCES users, text text);
