-- A column that a look-up reads is dropped, or renamed, and another one takes its name. It fails rather than read something else.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1

--> deployer does
ALTER TABLE bans RENAME COLUMN user_id TO banned_by; ALTER TABLE bans ADD COLUMN user_id integer;

--> attacker sees nothing, or is refused
SET app.user_id = '1'; SELECT id FROM items WHERE id = 2;

--> deployer does
ALTER TABLE bans DROP COLUMN banned_by CASCADE;

--> attacker sees nothing, or is refused
SET app.user_id = '1'; SELECT id FROM items WHERE id = 2;

--> deployer does
ALTER TABLE bans DROP COLUMN user_id CASCADE;

--> attacker sees nothing, or is refused, or is refused 42703
SET app.user_id = '1'; SELECT id FROM items WHERE id = 2;
