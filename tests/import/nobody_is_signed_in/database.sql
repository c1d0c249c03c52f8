-- One role serves everybody, signed in or not, beside others of the same database; some policies ask nobody who is signed in.
CREATE FUNCTION me() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE TABLE users (id integer PRIMARY KEY, email text);
CREATE TABLE teams (id integer PRIMARY KEY, is_public boolean NOT NULL, name text);
CREATE TABLE members (team_id integer NOT NULL REFERENCES teams, user_id integer NOT NULL REFERENCES users, role text NOT NULL, PRIMARY KEY (team_id, user_id));
CREATE TABLE audit_log (id integer PRIMARY KEY, note text);
CREATE TABLE prices (id integer PRIMARY KEY, amount integer);
ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE teams ENABLE ROW LEVEL SECURITY; ALTER TABLE prices ENABLE ROW LEVEL SECURITY;
CREATE POLICY "to sign in" ON users FOR SELECT TO imp_app USING (true);
CREATE POLICY "own" ON users FOR UPDATE TO imp_app USING (id = me());
CREATE POLICY "open, or of the team" ON teams FOR SELECT TO imp_app
  USING (is_public OR EXISTS (SELECT FROM members m WHERE m.team_id = teams.id AND m.user_id = me()));
CREATE POLICY "everybody" ON prices FOR SELECT USING (true);
CREATE POLICY "administrators rename" ON teams FOR UPDATE TO imp_app
  USING (EXISTS (SELECT FROM members m WHERE m.team_id = teams.id AND m.user_id = me() AND m.role = 'admin'));
GRANT SELECT, UPDATE ON users, teams TO imp_app;
GRANT SELECT ON members TO imp_app;
GRANT SELECT ON prices TO imp_app, imp_staff;
GRANT INSERT ON audit_log TO imp_app;
GRANT SELECT ON audit_log TO imp_staff;
