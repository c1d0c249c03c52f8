-- What is compared by hand with a bare `=` is not found for types whose operators live elsewhere; then every statement fails.

--> deploy

--> superuser does
INSERT INTO nodes (path, open) VALUES ('a.b', true), ('a.c', false); INSERT INTO leaves (id, node) VALUES (1, 'a.b'), (2, 'a.c');
INSERT INTO twigs (id, node) VALUES (1, 'a.b'), (2, 'a.c');

--> attacker sees
SET app.user_id = 'a.b'; SELECT id FROM leaves;
--= 1

--> attacker changes 1
UPDATE leaves SET id = id;

--> attacker sees
SET app.user_id = 'a.b'; SELECT id FROM twigs;
--= 1
