-- Whether a document can be read depends on the token. Where it does not say of which kind, "cannot read it" would be true of every document.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO teams VALUES (1), (2);
INSERT INTO members (id, user_id, team_id, role, season) VALUES (1, 1, 1, 'lead', 's');
INSERT INTO docs (id, kind) VALUES (1, 'k'), (2, 'l'); INSERT INTO plans VALUES (1, 1), (2, 2);
INSERT INTO pages VALUES (1, 1), (2, 2); INSERT INTO steps (id, plan_id) VALUES (1, 1), (2, 2); INSERT INTO shelves VALUES (1);

--> attacker sees
SET request.jwt.claims = '{"sub":"1","kind":"k","season":"s"}'; SELECT id FROM pages;
--= 2

--> attacker sees
SELECT id FROM steps;
--= 2

--> attacker sees nothing
SELECT id FROM shelves;

--> attacker sees
SET request.jwt.claims = '{"sub":"1","kind":"other","season":"s"}'; SELECT id FROM shelves;
--= 1

--> attacker sees nothing
SET request.jwt.claims = '{"sub":"1"}'; SELECT id FROM pages;

--> attacker sees nothing
SELECT id FROM steps;

--> attacker sees nothing
SELECT id FROM shelves;
