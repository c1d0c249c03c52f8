-- The lookup role reads by a policy of its own. Dropped, or changed so that it shows nothing or less, it must not turn "banned" into
-- "not banned"; that a policy of this name is there proves nothing.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
ALTER POLICY rowgate_lookup ON bans USING (false);

--> attacker is refused
SET app.user_id = '1'; SELECT id FROM items;

--> superuser does
ALTER POLICY rowgate_lookup ON bans USING (user_id > 1);

--> attacker is refused
SET app.user_id = '1'; SELECT id FROM items;

--> superuser does
ALTER POLICY rowgate_lookup ON bans TO deployer USING (true);

--> attacker is refused
SET app.user_id = '1'; SELECT id FROM items;

--> superuser does
ALTER POLICY rowgate_lookup ON bans TO rowgate_lookup USING (true);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1

--> superuser does
DROP POLICY rowgate_lookup ON bans;

--> attacker is refused
SET app.user_id = '1'; SELECT id FROM items;
