-- Which operator is asked depends on the types of both sides; a rule compares with the column's own type.
CREATE TABLE users (id uuid PRIMARY KEY, name text);
CREATE TABLE words (id text PRIMARY KEY);
CREATE TABLE things (
  id bigint PRIMARY KEY, kind text NOT NULL, r real, d double precision, n numeric, i integer, c char(4), handle name, rs real[], "infinity" numeric, is_on boolean, u uuid, owner text
);
CREATE FUNCTION me() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
CREATE FUNCTION same_text(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT a = b $$;
CREATE FUNCTION same_double(a double precision, b double precision) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT a = b $$;
INSERT INTO users VALUES ('a0000000-0000-4000-8000-00000000000a', 'one'), ('b0000000-0000-4000-8000-00000000000b', 'two');
INSERT INTO words VALUES ('x'), ('x   ');
INSERT INTO things SELECT 100 + n, kinds.kind, 0.1, 0.1::real, 1.0000000000000000001, 1, 'x', 'x', '{0.1}', 1, true,
  (ARRAY['a0000000-0000-4000-8000-00000000000a', 'b0000000-0000-4000-8000-00000000000b'])[1 + n % 2]::uuid, 'A0000000-0000-4000-8000-00000000000A'
FROM generate_series(1, 24) AS n, LATERAL (SELECT (ARRAY['real', 'between', 'at least', 'not', 'in', 'any', 'element', 'double', 'near', 'blanks', 'infinity', 'handed', 'upper'])[1 + n % 13] AS kind) AS kinds;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON things TO imp_app; GRANT SELECT ON words TO imp_app;
CREATE POLICY "real" ON things FOR SELECT USING (kind = 'real' AND r = 0.1);
CREATE POLICY "between" ON things FOR SELECT USING (kind = 'between' AND r BETWEEN 0.05 AND 0.1);
CREATE POLICY "at least" ON things FOR SELECT USING (kind = 'at least' AND r <= 0.1);
CREATE POLICY "not" ON things FOR SELECT USING (kind = 'not' AND NOT (r <> 0.1));
CREATE POLICY "in" ON things FOR SELECT USING (kind = 'in' AND r IN (0.1::double precision, 0.2::double precision));
CREATE POLICY "any" ON things FOR SELECT USING (kind = 'any' AND r = ANY ('{0.1,0.2}'::double precision[]));
CREATE POLICY "element" ON things FOR SELECT USING (kind = 'element' AND 0.1::double precision = ANY (rs::double precision[]));
CREATE POLICY "double" ON things FOR SELECT USING (kind = 'double' AND d = 0.1::real);
CREATE POLICY "near" ON things FOR SELECT USING (kind = 'near' AND n <> 1::double precision);
CREATE POLICY "blanks" ON things FOR SELECT USING (kind = 'blanks' AND (c::text = 'x ' OR handle = 'x '::text));
CREATE POLICY "infinity" ON things FOR SELECT USING (kind = 'infinity' AND n > 'infinity'::numeric);
CREATE POLICY "handed" ON things FOR SELECT USING (kind = 'handed' AND (same_text(c, 'x ') OR same_double(r, 0.1)));
CREATE POLICY "upper" ON things FOR SELECT USING (kind = 'upper' AND (u::text = current_setting('app.user_id', true) OR u::text = 'A0000000-0000-4000-8000-00000000000A' OR owner = me()::text));
CREATE POLICY "switch" ON things FOR UPDATE USING (is_on = nullif(current_setting('app.switch', true), '')::boolean AND u = me());
-- These are said.
CREATE POLICY "same" ON things FOR SELECT USING (kind = 'same' AND (r = 5 OR d = 0.1 OR i > 2.5 OR n = 1.5 OR r IN (0.1, 0.2)) AND me()::text = u::text AND u::text <> 'c0000000-0000-4000-8000-00000000000c');
