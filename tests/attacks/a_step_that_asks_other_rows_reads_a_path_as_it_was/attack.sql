-- One grant asks other rows of the table, and is asked once the record is stored. Another one follows a path that leads from the record to itself: it finds
-- the record as it was, before the step and behind it. Read as it will be, moving it into an own folder would let its price be set.

--> deploy

--> superuser does
INSERT INTO users (id, kind) VALUES (1, 'buyer'), (2, 'clerk'); INSERT INTO folders (id, owner_id) VALUES (1, 1), (2, 2);
INSERT INTO items (id, folder_id, next_id, price, note) VALUES (1, 2, 1, 10, NULL), (2, 1, 2, 10, NULL), (3, 2, 3, 10, 'locked');

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE items SET price = 0 WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE items SET price = 0, folder_id = 1 WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE items SET price = 11, folder_id = 2 WHERE id = 2;

--> attacker is refused 42501
SET app.user_id = '2'; UPDATE items SET note = 'n' WHERE id = 1;

--> attacker changes 1
SET app.user_id = '2'; UPDATE items SET note = 'n' WHERE id = 3;

--> superuser sees
SELECT id, folder_id, price, note FROM items ORDER BY id;
--= 1 | 2 | 10 | null
--= 2 | 2 | 11 | null
--= 3 | 2 | 10 | n
