-- D2, D3, with `whole_rows: true`: many mappers write every column. What keeps its value, or is its default or empty on a new record, is no
-- change; anything else is refused as before.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name, price) VALUES (1, 1, 'a', 7);

--> attacker changes 1
SET app.user_id = '1'; UPDATE items SET name = 'q', price = price, user_id = user_id WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE items SET id = 1, name = 'r', price = 7, user_id = 1 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE items SET name = 's', price = 8 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE items SET user_id = 2 WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO items (id, user_id, name, price, seen) VALUES (2, 1, 'a', DEFAULT, NULL);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO items (id, user_id, name, price) VALUES (3, 1, 'a', 5);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO items (id, user_id, name, price) VALUES (4, 1, 'a', 6);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO items (id, user_id, name, seen) VALUES (4, 1, 'a', true);

--> superuser sees
SELECT id, user_id, name, price FROM items ORDER BY id;
--= 1 | 1 | r | 7
--= 2 | 1 | a | 5
--= 3 | 1 | a | 5
