-- A list without elements and JSON without anything in it are not NULL, and empty for a rule.
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY, readers bigint[], more jsonb);
CREATE FUNCTION me() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
INSERT INTO users VALUES (1), (2);
INSERT INTO notes VALUES (1, NULL, NULL), (2, '{}', '{}'), (3, '{1}', '[]'), (4, '{2}', '{"a": 1}'), (5, '{1,2}', 'null');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON users TO imp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO imp_app;
CREATE POLICY "public or read" ON notes FOR SELECT USING (readers IS NULL OR me() = ANY (readers));
CREATE POLICY "more is there" ON notes FOR UPDATE USING (more IS NOT NULL AND me() = ANY (readers));
CREATE POLICY "no more" ON notes FOR DELETE USING (more IS NOT DISTINCT FROM NULL);
CREATE POLICY "has all of none" ON notes FOR INSERT WITH CHECK (readers @> '{}');
