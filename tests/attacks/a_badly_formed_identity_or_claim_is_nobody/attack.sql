-- Anybody can send a token whose subject is no number. It matches nothing; it must not make statements fail in another way than for others,
-- and not fail in the middle of what somebody else's rule grants.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO items (id, user_id, team) VALUES (1, 1, 7), (2, NULL, 8);

--> attacker sees
SET request.jwt.claims = '{"sub":"1"}'; SELECT id FROM items ORDER BY id;
--= 1

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"one"}'; SELECT id FROM items;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"99999999999999"}'; SELECT id FROM items;

--> attacker is refused 42501
SET request.jwt.claims = '{"sub":"one"}'; INSERT INTO items (id, user_id) VALUES (3, 1);

--> attacker changes 0
SET request.jwt.claims = '{"sub":"one"}'; UPDATE items SET team = 8;

-- What is said of a claim is about another number than the one that is meant, or about none.
--> attacker sees
SET request.jwt.claims = '{"sub":"1","team":"8"}'; SELECT id FROM items ORDER BY id;
--= 1
--= 2

--> attacker sees
SET request.jwt.claims = '{"sub":"1","team":"eight"}'; SELECT id FROM items ORDER BY id;
--= 1

--> attacker sees
SET request.jwt.claims = '{"sub":"1","team":{"a":8}}'; SELECT id FROM items ORDER BY id;
--= 1
