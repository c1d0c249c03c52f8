CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE TABLE sites (
  id integer PRIMARY KEY, title text, amount numeric DEFAULT 1.0, price numeric(10, 2) DEFAULT 2, ratio double precision DEFAULT -0,
  code char(3) DEFAULT 'ab'
);
