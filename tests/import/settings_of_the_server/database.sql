-- Settings of PostgreSQL's own, two whose names end alike, one with a name that no rule has, the token as a whole, and constants of several lines.
CREATE TABLE users (id integer PRIMARY KEY, name text);
CREATE TABLE items (id integer PRIMARY KEY, user_id integer REFERENCES users, zone text, tenant integer, code text, flag text);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON items USING (user_id = nullif(current_setting('app.user_id', true), '')::integer);
CREATE POLICY "zone" ON items FOR SELECT USING (zone = current_setting('TimeZone'));
CREATE POLICY "row_security" ON items FOR SELECT USING (code = 'never' AND current_setting('row_security') = 'off');
CREATE POLICY "memory" ON items FOR SELECT USING (code = current_setting('work_mem'));
CREATE POLICY "first" ON items FOR SELECT USING (tenant = nullif(current_setting('first.tenant', true), '')::integer AND code = 'first');
CREATE POLICY "second" ON items FOR SELECT USING (tenant = nullif(current_setting('second.tenant', true), '')::integer AND code = 'second');
CREATE POLICY "allow" ON items FOR SELECT USING (flag = nullif(current_setting('app.allow', true), ''));
CREATE POLICY "whole" ON items FOR SELECT USING (flag = current_setting('request.jwt.claims', true) AND code = (current_setting('request.jwt.claims', true)::json ->> 'code'));
CREATE POLICY "cut" ON items FOR SELECT USING (flag = nullif(current_setting('app.allowed'::varchar(9), true), ''));
CREATE POLICY "lines" ON items FOR INSERT WITH CHECK (code <> E'a\nb\tc\\d''e' AND tenant = 1);
GRANT SELECT, INSERT, UPDATE, DELETE ON items TO imp_app;
