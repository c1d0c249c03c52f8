-- Each of these reads like something that the language says, and is something else. The rows tell them apart.
CREATE SCHEMA helper;
GRANT USAGE ON SCHEMA helper TO imp_app;
CREATE TYPE mood AS ENUM ('sad', 'content', 'glad');
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE FUNCTION me() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
CREATE TABLE parents (id bigint PRIMARY KEY, user_id bigint REFERENCES users, rank integer);
CREATE TABLE children () INHERITS (parents);
CREATE TABLE things (
  id bigint PRIMARY KEY, kind text NOT NULL, state varchar(20) NOT NULL, at timestamptz NOT NULL, price numeric NOT NULL, mood mood NOT NULL,
  user_id bigint REFERENCES users
);
INSERT INTO users VALUES (1, 'one'), (2, 'two');
INSERT INTO parents VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);
INSERT INTO children VALUES (4, 2, 0);
INSERT INTO things SELECT n, kinds.kind, (ARRAY['op', 'open', ''])[1 + n % 3], now() + (ARRAY['-20 minutes', '-2 hours', '20 minutes', '2 hours'])[1 + n % 4]::interval,
  (ARRAY[1, 1.4, 1.6])[1 + n % 3], (ARRAY['sad', 'content', 'glad'])[1 + n % 3]::mood, 1 + n % 2
FROM generate_series(1, 24) AS n, LATERAL (SELECT (ARRAY['cut', 'cut text', 'cut session', 'before', 'operator', 'rounded', 'first', 'only', 'order', 'empty', 'unset', 'sum'])[1 + n % 12]) AS kinds (kind);
CREATE FUNCTION helper.differs(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.lower(a) OPERATOR(pg_catalog.=) pg_catalog.lower(b) $$;
CREATE OPERATOR helper.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = helper.differs);
CREATE FUNCTION helper.rounded(value numeric) RETURNS integer LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN value; END $$;
CREATE FUNCTION helper.any_of(value text, list text[]) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT value = ANY (list) $$;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON things TO imp_app;
GRANT SELECT ON parents, children, users TO imp_app;
CREATE POLICY "cut" ON things FOR SELECT USING (kind = 'cut' AND state::varchar(2) <> 'op');
CREATE POLICY "cut text" ON things FOR SELECT USING (kind = 'cut text' AND state = 'open'::varchar(2));
CREATE POLICY "cut session" ON things FOR SELECT USING (kind = 'cut session' AND user_id::text = current_setting('app.user_id', true)::varchar(1));
CREATE POLICY "long before" ON things FOR SELECT USING (kind = 'before' AND at < now() + interval '-90 minutes');
CREATE POLICY "shortly before" ON things FOR SELECT USING (kind = 'before' AND at > now() + interval '-00:30:00' AND at < now() + interval '-00:10:00');
CREATE POLICY "operator" ON things FOR SELECT USING (kind = 'operator' AND state OPERATOR(helper.<>) 'op');
CREATE POLICY "rounded" ON things FOR SELECT USING (kind = 'rounded' AND helper.rounded(price) <> 1);
CREATE POLICY "first" ON things FOR SELECT USING (kind = 'first' AND user_id IN (SELECT DISTINCT ON (parents.rank) parents.user_id FROM parents ORDER BY parents.rank, parents.id DESC));
CREATE POLICY "only" ON things FOR SELECT USING (kind = 'only' AND EXISTS (SELECT FROM ONLY parents WHERE parents.user_id = things.user_id AND parents.rank = 0));
CREATE POLICY "order" ON things FOR SELECT USING (kind = 'order' AND mood::text > 'content');
CREATE POLICY "empty" ON things FOR SELECT USING (kind = 'empty' AND state = ANY ('{}'));
CREATE POLICY "unset" ON things FOR SELECT USING (kind = 'unset' AND current_setting('app.flag', true) IS NULL);
CREATE POLICY "sum" ON things FOR SELECT USING (kind = 'sum' AND NOT EXISTS (SELECT CASE WHEN count(*) > 100 THEN 1 END FROM users));
-- These are said.
CREATE POLICY "as a text" ON things FOR UPDATE USING (mood::text = 'glad' AND user_id::text = current_setting('app.user_id', true));
CREATE POLICY "joined" ON things FOR SELECT USING (EXISTS (SELECT FROM users u JOIN parents p ON p.user_id = u.id WHERE p.user_id = me() AND u.id = things.user_id));
CREATE POLICY "in a list" ON things FOR SELECT USING (me() IS NOT NULL AND helper.any_of(state, ARRAY['open', 'shut']) AND price = ANY ('{1,2}'::numeric[]));
