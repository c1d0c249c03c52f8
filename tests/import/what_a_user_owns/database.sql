-- A setting says who is signed in; one role; expressions that say the same in different ways.
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE TABLE items (id bigint PRIMARY KEY, user_id bigint REFERENCES users, name text, status text, is_public boolean);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION me() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::bigint $$;
CREATE POLICY "all of their own" ON items USING (user_id = (SELECT me()));
CREATE POLICY "what is open" ON items FOR SELECT USING (coalesce(is_public = true AND status IN ('open', 'shown'), false));
CREATE POLICY "what begins so" ON items FOR SELECT USING (name LIKE 'shared%' AND (SELECT me()) IS NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON items TO imp_app;
