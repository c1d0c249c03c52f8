-- The keys compare without case, so `Bob@x` is the user `bob@x`; a look-up that compares them as texts finds no team, and "not one of
-- my teams" is true of every record.

--> deploy

--> superuser does
INSERT INTO users (email, blocked_at) VALUES ('bob@x', '2020-01-01'), ('eve@x', NULL); INSERT INTO teams VALUES (1), (2);
INSERT INTO members (id, email, team_id) VALUES (1, 'bob@x', 1);
INSERT INTO items (id, team_id) VALUES (1, 1), (2, 2); INSERT INTO notes VALUES (1);

--> attacker sees
SET app.user_id = 'bob@x'; SELECT id FROM items ORDER BY id;
--= 2

--> attacker sees
SET app.user_id = 'Bob@x'; SELECT id FROM items ORDER BY id;
--= 2

-- The user's row is found, too: this one is blocked.
--> attacker sees nothing
SET app.user_id = 'bob@x'; SELECT id FROM notes;

--> attacker sees nothing
SET app.user_id = 'Bob@x'; SELECT id FROM notes;

--> attacker sees
SET app.user_id = 'EVE@x'; SELECT id FROM notes;
--= 1

-- And what the team may do is allowed to whoever is in it.
--> attacker changes 1
SET app.user_id = 'BOB@x'; UPDATE teams SET id = id WHERE id = 1;
