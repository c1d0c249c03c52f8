-- A rule for two roles would let a step begin as the one and end as the other, and a record would get to where neither role lets anybody put it.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO teams VALUES (1), (2), (3);
INSERT INTO members (id, user_id, team_id, role) VALUES (1, 1, 1, 'admin'), (2, 1, 2, 'owner'), (3, 1, 3, 'admin');
INSERT INTO documents (id, team_id, title) VALUES (1, 1, 'a');

--> attacker changes 1
SET app.user_id = '1'; UPDATE documents SET title = 'b';

--> attacker changes 0, or is refused 42501
SET app.user_id = '1'; UPDATE documents SET team_id = 2;

--> attacker changes 1
SET app.user_id = '1'; UPDATE documents SET team_id = 3;

--> superuser sees
SELECT id, team_id, title FROM documents;
--= 1 | 3 | b
