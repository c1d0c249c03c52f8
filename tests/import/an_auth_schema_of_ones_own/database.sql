-- Functions with a platform's names that ask something else.
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO imp_app;
CREATE TABLE users (id bigint PRIMARY KEY, role text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint REFERENCES users, kind text NOT NULL);
INSERT INTO users VALUES (1, 'admin'), (2, 'member');
INSERT INTO items SELECT n, 1 + n % 2, (ARRAY['own', 'admins'])[1 + n % 2] FROM generate_series(1, 12) AS n;
CREATE FUNCTION auth.uid() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT role FROM users WHERE id = auth.uid() $$;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON items USING (user_id = auth.uid());
CREATE POLICY "admins" ON items FOR SELECT USING (kind = 'admins' AND auth.role() = 'admin');
GRANT SELECT, INSERT, UPDATE, DELETE ON items TO imp_app;
