-- The same where the question is asked anew for each record, under other words that negate.

--> deploy

--> superuser does
INSERT INTO users (id) VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
INSERT INTO posts (id, author_id) VALUES (1, 1), (2, 2); UPDATE users SET blocked = (id = 2);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> attacker sees
SET app.user_id = '1'; SELECT id FROM posts ORDER BY id;
--= 1

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO posts (id, author_id) VALUES (3, 2);

--> superuser does
ALTER POLICY rowgate_lookup ON bans USING (false); ALTER POLICY rowgate_lookup ON users USING (false);

--> attacker is refused
SET app.user_id = '1'; SELECT id FROM items;

--> attacker sees nothing, or is refused
SET app.user_id = '1'; SELECT id FROM posts WHERE id = 2;

--> attacker is refused
SET app.user_id = '1'; INSERT INTO posts (id, author_id) VALUES (3, 2);
