SET ROLE imp_owner;
CREATE TABLE owned.users (id integer PRIMARY KEY);
CREATE TABLE owned.items (id integer PRIMARY KEY, user_id integer REFERENCES owned.users, name text);
ALTER TABLE owned.items ENABLE ROW LEVEL SECURITY;
ALTER TABLE owned.items FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON owned.items USING (user_id = current_setting('app.user_id')::integer);
