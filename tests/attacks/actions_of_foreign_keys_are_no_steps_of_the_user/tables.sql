CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE orders (
  id integer PRIMARY KEY, status text, price integer, team_id integer REFERENCES teams ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE TABLE plans (
  id integer PRIMARY KEY, status text, price integer, team_id integer REFERENCES teams ON DELETE CASCADE ON UPDATE CASCADE
);
