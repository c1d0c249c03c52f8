-- "no note of the blocked kind" says nothing where nobody said which kind is blocked: a token without the claim, a user without the value.

--> deploy

--> superuser does
INSERT INTO users (id, email) VALUES (1, 'a@x'), (2, NULL);
INSERT INTO docs VALUES (1), (2); INSERT INTO pages VALUES (1), (2);
INSERT INTO notes (id, doc_id, page_id, kind) VALUES (1, 2, NULL, 'k'), (2, NULL, 2, 'a@x');
INSERT INTO rooms VALUES (1);

--> attacker sees
SET request.jwt.claims = '{"sub":"1","blocked":"k"}'; SELECT id FROM docs ORDER BY id;
--= 1

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1"}'; SELECT id FROM docs ORDER BY id;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1","blocked":null}'; SELECT id FROM docs ORDER BY id;

--> attacker sees
SET request.jwt.claims = '{"sub":"1"}'; SELECT id FROM pages ORDER BY id;
--= 1

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"2"}'; SELECT id FROM pages ORDER BY id;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1"}'; SELECT id FROM rooms;

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"2"}'; SELECT id FROM rooms;

--> attacker sees nothing
SET request.jwt.claims = '{}'; SELECT id FROM pages;
