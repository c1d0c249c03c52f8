-- Where functions are closed to PUBLIC, the application's role may call the identity function and nobody else. Look-ups must work.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1
