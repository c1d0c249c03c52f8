-- The last number of the sequence is the second column's: compared with it, every record would be refused. `check` tells of it (RG1317).

--> deploy

--> superuser does
INSERT INTO users VALUES (1);

--> attacker changes 2
SET app.user_id = '1'; INSERT INTO notes (owner_id) VALUES (1), (1);

--> superuser sees
SELECT first, second FROM notes ORDER BY first;
--= 1 | 2
--= 3 | 4
