-- Helpers that answer something else than their bodies: for another setting, for the first row, to nobody, past a remark.
CREATE TABLE users (id integer PRIMARY KEY, name text);
CREATE TABLE members (id integer PRIMARY KEY, user_id integer NOT NULL, team_id integer NOT NULL);
CREATE TABLE secrets (id integer PRIMARY KEY, team_id integer NOT NULL);
CREATE TABLE things (id integer PRIMARY KEY, kind text NOT NULL, state text NOT NULL, team_id integer, user_id integer REFERENCES users);
INSERT INTO users VALUES (1, 'one'), (2, 'two');
INSERT INTO members SELECT n, 1 + n % 2, n FROM generate_series(1, 12) AS n;
INSERT INTO secrets SELECT n, n FROM generate_series(1, 12) AS n;
INSERT INTO things SELECT 100 + n, (ARRAY['own', 'setting', 'first', 'first list', 'refused', 'unread', 'remark', 'bound'])[1 + n % 8], (ARRAY['open', 'shut'])[1 + n / 8 % 2], 1 + n % 6, 1 + n % 2
FROM generate_series(1, 28) AS n;
CREATE FUNCTION me() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE FUNCTION is_me(other integer) RETURNS boolean LANGUAGE sql STABLE SET "app.user_id" = '1' AS $$ SELECT other = nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE FUNCTION my_team() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT team_id FROM members WHERE user_id = me() $$;
CREATE FUNCTION is_any(other integer) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT other IS NOT NULL $$;
REVOKE EXECUTE ON FUNCTION is_any(integer) FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO imp_service;
SET ROLE imp_service;
CREATE FUNCTION has_secret(team integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT EXISTS (SELECT FROM secrets s WHERE s.team_id = team) $$;
RESET ROLE;
CREATE FUNCTION is_open(state text, team integer) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT state <> 'a
-- b' AND team = 3 AND state <> 'c
d' $$;
CREATE FUNCTION is_bound(a boolean, b boolean) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT NOT a = b $$;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON things TO imp_app;
CREATE POLICY "own" ON things FOR UPDATE USING (user_id = me());
CREATE POLICY "own read" ON things FOR SELECT USING (kind = 'own' AND user_id = me());
CREATE POLICY "setting" ON things FOR SELECT USING (kind = 'setting' AND is_me(user_id));
CREATE POLICY "first" ON things FOR SELECT USING (kind = 'first' AND team_id IN (SELECT my_team()));
CREATE POLICY "first list" ON things FOR SELECT USING (kind = 'first list' AND team_id = ANY (ARRAY(SELECT my_team())));
CREATE POLICY "remark" ON things FOR SELECT USING (kind = 'remark' AND is_open(state, team_id));
CREATE POLICY "bound" ON things FOR SELECT USING (kind = 'bound' AND is_bound(state = 'open', user_id = me()));
CREATE TABLE refused (id integer PRIMARY KEY, team_id integer NOT NULL);
CREATE TABLE unread (id integer PRIMARY KEY, team_id integer NOT NULL);
ALTER TABLE refused ENABLE ROW LEVEL SECURITY; ALTER TABLE unread ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON refused, unread TO imp_app;
CREATE POLICY "refused" ON refused FOR SELECT USING (is_any(team_id));
CREATE POLICY "unread" ON unread FOR SELECT USING (has_secret(team_id));
