-- JSON null is no empty list, numbers are no texts, and an object contains nothing: `does not contain` must not be true of any of them.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO items (id, tenant) VALUES (1, '7'), (2, '8');

--> attacker sees
SET request.jwt.claims = '{"sub":"1","blocked":["7"]}'; SELECT id FROM items ORDER BY id;
--= 2

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":null}'; SELECT id FROM items;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1"}'; SELECT id FROM items;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":[7]}'; SELECT id FROM items WHERE tenant = '7';

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":["8",7]}'; SELECT id FROM items;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":{}}'; SELECT id FROM items;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":{"7":1}}'; SELECT id FROM items WHERE tenant = '7';

-- A single value stands for a list of one.
--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":"7"}'; SELECT id FROM items WHERE tenant = '7';

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":7}'; SELECT id FROM items WHERE tenant = '7';

--> attacker sees
SET request.jwt.claims = '{"sub":"1","blocked":[]}'; SELECT id FROM items ORDER BY id;
--= 1
--= 2
