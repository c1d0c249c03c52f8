-- The deployer has rights on the platform's schema and may not pass them on. A GRANT that PostgreSQL answers with a warning does nothing,
-- and every look-up would fail.

--> deploy

--> superuser does
INSERT INTO users VALUES ('00000000-0000-0000-0000-000000000001'); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, '00000000-0000-0000-0000-000000000001');

--> attacker sees
SET request.jwt.claims = '{"sub":"00000000-0000-0000-0000-000000000001"}'; SELECT id FROM items;
--= 1

--> attacker sees nothing
SET request.jwt.claims = '{}'; SELECT id FROM items;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"me"}'; SELECT id FROM items;
