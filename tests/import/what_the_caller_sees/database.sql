-- Sub-selects and invoker helpers see what policies show of other tables; definer helpers see what their owner sees.
CREATE FUNCTION me() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
CREATE TABLE users (id integer PRIMARY KEY);
CREATE TABLE groups (id integer PRIMARY KEY, is_open boolean NOT NULL);
CREATE TABLE members (id integer PRIMARY KEY, group_id integer NOT NULL REFERENCES groups, user_id integer NOT NULL REFERENCES users, is_active boolean);
CREATE TABLE posts (id integer PRIMARY KEY, group_id integer REFERENCES groups, text text);
CREATE TABLE notes (id integer PRIMARY KEY, group_id integer NOT NULL REFERENCES groups);
CREATE TABLE hidden (id integer PRIMARY KEY, group_id integer NOT NULL REFERENCES groups);
CREATE FUNCTION belongs(g integer) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT EXISTS (SELECT FROM public.members WHERE group_id = g AND user_id = me()) $$;
SET ROLE imp_owner;
CREATE FUNCTION owned.belongs(g integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
  AS $$ SELECT EXISTS (SELECT FROM members WHERE group_id = g AND user_id = me()) $$;
RESET ROLE;
GRANT SELECT ON members TO imp_owner;
ALTER TABLE groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON groups FOR SELECT USING (is_open);
CREATE POLICY "own and active" ON members FOR SELECT USING (user_id = me() AND is_active);
CREATE POLICY "of a group" ON posts FOR SELECT USING (EXISTS (SELECT FROM members m WHERE m.group_id = posts.group_id AND m.user_id = me()));
CREATE POLICY "of an open group" ON posts FOR DELETE USING (group_id IN (SELECT id FROM groups));
CREATE POLICY "by an invoker" ON notes FOR SELECT USING (belongs(group_id));
CREATE POLICY "by an owner who sees nothing" ON hidden FOR SELECT USING (owned.belongs(group_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON posts, notes, hidden TO imp_app;
GRANT SELECT ON members, groups TO imp_app;
GRANT USAGE ON SCHEMA owned TO imp_app;
