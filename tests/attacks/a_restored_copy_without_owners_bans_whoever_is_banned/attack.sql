-- `pg_restore --no-owner` is how copies are made on managed servers. The look-ups belong to the deployer there, who sees no row under
-- FORCE, and "there is no ban" would be true of everybody.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> dump and restore without owners

--> attacker sees, or is refused
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> superuser sees
SELECT count(*) FROM bans;
--= 1
