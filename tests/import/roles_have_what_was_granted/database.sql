-- TO public is every role with a grant; columns; policies that give nobody anything; tables without row-level security.
CREATE FUNCTION me() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid $$;
CREATE TABLE users (id uuid PRIMARY KEY, name text, secret text);
CREATE TABLE posts (id uuid PRIMARY KEY, author_id uuid REFERENCES users, title text, is_draft boolean NOT NULL);
CREATE TABLE drafts (id uuid PRIMARY KEY, author_id uuid REFERENCES users);
CREATE TABLE plain (id uuid PRIMARY KEY, text text);
CREATE TABLE silent (id uuid PRIMARY KEY);
ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE posts ENABLE ROW LEVEL SECURITY; ALTER TABLE drafts ENABLE ROW LEVEL SECURITY; ALTER TABLE silent ENABLE ROW LEVEL SECURITY;
CREATE POLICY "everybody" ON posts FOR SELECT USING (NOT is_draft);
CREATE POLICY "authors" ON posts TO imp_app USING (author_id = me()) WITH CHECK (author_id = me());
CREATE POLICY "staff" ON posts FOR DELETE TO imp_staff USING (true);
CREATE POLICY "staff reads" ON posts FOR SELECT TO imp_staff USING (true);
CREATE POLICY "of the service" ON posts TO imp_service USING (true);
CREATE POLICY "own" ON users USING (id = me());
CREATE POLICY "without a grant" ON drafts USING (author_id = me());
GRANT SELECT ON posts TO imp_anon; GRANT SELECT, INSERT, UPDATE, DELETE ON posts TO imp_app, imp_service; GRANT SELECT, DELETE ON posts TO imp_staff;
GRANT SELECT (id, name), UPDATE (name) ON users TO imp_app;
GRANT SELECT ON plain TO imp_anon, imp_app; GRANT INSERT ON plain TO imp_app;
GRANT SELECT ON silent TO imp_app;
