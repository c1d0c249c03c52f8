CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE TABLE sites (id integer PRIMARY KEY, title text, made_at timestamptz DEFAULT clock_timestamp(), state text);
