CREATE TABLE users (id integer PRIMARY KEY);
CREATE SEQUENCE numbers;
CREATE TABLE notes (first integer PRIMARY KEY DEFAULT nextval('numbers'), second integer DEFAULT nextval('numbers'), owner_id integer REFERENCES users);
