-- A project that had policies before keeps them beside the new ones, and permissive policies add up: everybody would still see and
-- change what the old ones allow.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');
CREATE POLICY old_everyone ON items USING (true);

--> deploy fails with "old_everyone"

-- For the application's role alone, by an inherited role, or on a closed table, it is the same.
--> superuser does
DROP POLICY old_everyone ON items;
CREATE POLICY old_app ON items FOR UPDATE TO {app} USING (true);

--> deploy fails with "old_app"

--> superuser does
DROP POLICY old_app ON items;
CREATE ROLE {group}; GRANT {group} TO {app};
CREATE POLICY old_group ON items FOR SELECT TO {group} USING (true);

--> deploy fails with "old_group"

--> superuser does
DROP POLICY old_group ON items;
CREATE POLICY old_login ON items FOR SELECT TO {attacker} USING (true);

--> deploy fails with "old_login"

--> superuser does
DROP POLICY old_login ON items;
CREATE POLICY old_users ON users USING (true);

--> deploy fails with "old_users"

--> superuser does
DROP POLICY old_users ON users;

--> deploy

--> attacker sees
SET app.user_id = '1'; SELECT id, user_id, name FROM items;
--= 1 | 1 | mine

--> attacker changes 0
UPDATE items SET name = 'owned' WHERE id = 2;
