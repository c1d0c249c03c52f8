-- With owners, a copy does what the original does: look-ups, steps, boundaries.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
INSERT INTO notes (id, user_id, text, tag) VALUES (1, 1, 'a', 'b'), (2, 2, 'a', 'b');

--> dump and restore

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> attacker changes 1
SET app.user_id = '1'; UPDATE notes SET text = 'c';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE notes SET tag = 'c';
