-- The right to read that a role keeps shows no row, and is no other right.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO items (id, user_id) VALUES (1, 1), (2, NULL); INSERT INTO drafts (id, user_id, text) VALUES (1, 1, 'x');

--> guest sees
SELECT count(*) FROM items; SELECT count(*) FROM drafts;
--= 0
--= 0

--> guest sees nothing
SET app.user_id = '1'; SELECT id FROM items; SELECT id FROM drafts; SELECT i.id FROM items AS i FULL JOIN drafts ON true;

--> guest is refused 42501
SELECT id FROM users;

--> guest is refused 42501
INSERT INTO items (id) VALUES (3);

--> guest is refused 42501
UPDATE items SET user_id = 1;

--> guest is refused 42501
DELETE FROM items;

--> guest is refused 42501
TRUNCATE items;

--> guest is refused 42501
SELECT id FROM items FOR UPDATE;

-- Who may write and not read finds nothing either, and writes as before.
--> attacker sees
SET app.user_id = '1'; SELECT count(*) FROM drafts; SELECT id FROM items;
--= 0
--= 1

--> attacker is refused 42501
INSERT INTO drafts (id, text) VALUES (2, 'y') RETURNING id;

--> attacker changes 1
INSERT INTO drafts (id, text) VALUES (2, 'y');

-- Without row-level security it would be a right to everything: nothing is done on top of it.
--> superuser does
ALTER TABLE items DISABLE ROW LEVEL SECURITY;

--> migrate to next.policy fails with "what is in force is not what was applied: table public.items was altered"
