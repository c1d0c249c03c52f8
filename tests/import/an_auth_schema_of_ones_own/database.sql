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
-- What reads the token, and looks for something else in it.
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app' $$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'contact' $$;
CREATE TABLE letters (id bigint PRIMARY KEY, address text NOT NULL, kind text NOT NULL);
INSERT INTO letters SELECT n, 'a' || n || '@example.com', (ARRAY['open', 'admin'])[1 + n % 2] FROM generate_series(1, 6) AS n;
ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY "addressed" ON letters FOR SELECT USING (address = auth.email());
CREATE POLICY "kinds" ON letters FOR UPDATE USING (kind = auth.jwt() ->> 'kind');
GRANT SELECT, UPDATE ON letters TO imp_app;
