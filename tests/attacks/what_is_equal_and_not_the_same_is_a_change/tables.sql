CREATE TABLE users (id integer PRIMARY KEY, kind text);
CREATE TABLE sites (
  id integer PRIMARY KEY, status text, name text COLLATE public.ignoring_case, term interval, amount numeric, ratio double precision,
  doc jsonb, list integer[], word text
);
