CREATE TABLE users (id integer PRIMARY KEY);
CREATE SEQUENCE numbers;
CREATE TABLE letters (id bigint PRIMARY KEY DEFAULT nextval('numbers'), user_id integer REFERENCES users);
CREATE TABLE notes (id bigint PRIMARY KEY DEFAULT nextval('numbers'), text text);
