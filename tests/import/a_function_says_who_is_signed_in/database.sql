CREATE SCHEMA app;
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE app.sessions (id text PRIMARY KEY, user_id integer NOT NULL REFERENCES users);
CREATE FUNCTION app.me() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp
  AS $$ SELECT user_id FROM sessions WHERE id = nullif(current_setting('jwt.claims.session_id', true), '') $$;
CREATE TABLE items (id integer PRIMARY KEY, owner_id integer REFERENCES users, editor_id integer REFERENCES users);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON items FOR ALL USING (owner_id = app.me());
CREATE POLICY "editors" ON items FOR UPDATE USING (editor_id = app.me());
GRANT SELECT, INSERT, UPDATE, DELETE ON items TO imp_app;
GRANT USAGE ON SCHEMA app TO imp_app;
