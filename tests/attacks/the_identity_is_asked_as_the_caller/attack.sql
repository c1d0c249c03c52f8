-- A function that says who is signed in may ask which role acts. Asked again inside a look-up, which runs as another role, it answers
-- something else: "no ban for the lookup role".

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_name) VALUES (1, 2, '{attacker}');

--> attacker sees
SELECT id FROM items ORDER BY id;
--= 1
