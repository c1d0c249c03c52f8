-- A column wins over a parameter in SQL, and in PL/pgSQL both is an error; a path of the helper's own says which table is meant.
CREATE FUNCTION me() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE SCHEMA other;
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE members (id integer PRIMARY KEY, team integer NOT NULL, user_id integer NOT NULL REFERENCES users);
CREATE TABLE other.members (id integer PRIMARY KEY, team integer NOT NULL, user_id integer NOT NULL REFERENCES users, note text);
CREATE FUNCTION column_wins(team integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT EXISTS (SELECT FROM members m WHERE m.team = team AND m.user_id = me()) $$;
CREATE FUNCTION both_are_an_error(team integer) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
  AS $$ BEGIN RETURN EXISTS (SELECT FROM members m WHERE team = $1 AND m.user_id = me()); END $$;
CREATE FUNCTION another_path(t integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = other, public
  AS $$ SELECT EXISTS (SELECT FROM members m WHERE m.team = t AND m.user_id = me()) $$;
CREATE FUNCTION by_default(t integer, u integer DEFAULT 1) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT t = u $$;
CREATE FUNCTION strict_one(t integer) RETURNS boolean LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public
  AS $$ SELECT t IS NULL OR t = 1001 $$;
CREATE FUNCTION always_a_row(t integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT EXISTS (SELECT count(*) FROM members WHERE team = t) $$;
CREATE TABLE a (id integer PRIMARY KEY, team integer); CREATE TABLE b (id integer PRIMARY KEY, team integer); CREATE TABLE c (id integer PRIMARY KEY, team integer);
CREATE TABLE d (id integer PRIMARY KEY, team integer); CREATE TABLE e (id integer PRIMARY KEY, team integer); CREATE TABLE f (id integer PRIMARY KEY, team integer);
ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE b ENABLE ROW LEVEL SECURITY; ALTER TABLE c ENABLE ROW LEVEL SECURITY;
ALTER TABLE d ENABLE ROW LEVEL SECURITY; ALTER TABLE e ENABLE ROW LEVEL SECURITY; ALTER TABLE f ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON a FOR SELECT USING (column_wins(team));
CREATE POLICY p ON b FOR SELECT USING (both_are_an_error(team));
CREATE POLICY p ON c FOR SELECT USING (another_path(team));
CREATE POLICY p ON d FOR SELECT USING (by_default(team));
CREATE POLICY p ON e FOR SELECT USING (strict_one(team));
CREATE POLICY p ON f FOR SELECT USING (always_a_row(team));
GRANT SELECT ON a, b, c, d, e, f TO imp_app;
