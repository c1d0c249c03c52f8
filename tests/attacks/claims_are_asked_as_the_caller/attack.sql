-- A claims function that depends on who calls it, asked in a policy, a look-up and a step.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO items (id) VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id, kind) VALUES (1, 2, 1, '{attacker}');
INSERT INTO notes (id, author, text, tag) VALUES (1, '{attacker}', 'a', 'b');

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> attacker changes 1
SET app.user_id = '1'; UPDATE notes SET text = 'c';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE notes SET tag = 'c';
