CREATE TABLE users (id integer PRIMARY KEY);
CREATE TYPE status AS ENUM ('draft', 'open');
CREATE TABLE papers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id integer REFERENCES users, body text, code char(5) DEFAULT 'ab', prices numeric(10,2)[] DEFAULT '{1.5,2}',
  state status DEFAULT 'draft', size numeric(10,2) DEFAULT 0, rank integer DEFAULT -5, since timestamptz(0) DEFAULT '1 day'::interval + (now() - '24:00:00'::interval)
);
ALTER TABLE papers RENAME TO notes;
