-- Policies bind the owner of one table and not of the others, one is for the owner, and keys could be changed.
SET ROLE imp_owner;
CREATE FUNCTION owned.me() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE TABLE owned.users (id integer PRIMARY KEY, name text);
CREATE TABLE owned.notes (id integer PRIMARY KEY, user_id integer REFERENCES owned.users, parent_id integer REFERENCES owned.notes);
CREATE TABLE owned.files (id integer PRIMARY KEY, user_id integer REFERENCES owned.users, name text);
CREATE TABLE owned.logs (id integer PRIMARY KEY, user_id integer REFERENCES owned.users);
CREATE FUNCTION owned.has_mine(note integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = owned
  AS $$ SELECT EXISTS (SELECT FROM notes n WHERE n.parent_id = note AND n.user_id = me()) $$;
ALTER TABLE owned.users ENABLE ROW LEVEL SECURITY; ALTER TABLE owned.notes ENABLE ROW LEVEL SECURITY; ALTER TABLE owned.files ENABLE ROW LEVEL SECURITY;
ALTER TABLE owned.logs ENABLE ROW LEVEL SECURITY; ALTER TABLE owned.logs FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON owned.users USING (id = owned.me());
CREATE POLICY "own or above" ON owned.notes USING (user_id = owned.me() OR owned.has_mine(id));
CREATE POLICY "own" ON owned.files USING (user_id = owned.me());
CREATE POLICY "of the owner" ON owned.files TO imp_owner USING (name = 'x');
CREATE POLICY "own" ON owned.logs FOR SELECT USING (user_id = owned.me());
CREATE POLICY "of the owner" ON owned.logs TO imp_owner, imp_deputy USING (true);
GRANT USAGE ON SCHEMA owned TO imp_app; GRANT SELECT, INSERT, UPDATE, DELETE ON owned.users, owned.notes, owned.files TO imp_app; GRANT SELECT ON owned.logs TO imp_app;
