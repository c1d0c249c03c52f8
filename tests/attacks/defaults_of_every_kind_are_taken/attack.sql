-- Who creates a record and gives none of the closed fields would be refused, because the default is stored otherwise than it is written.

--> deploy

--> superuser does
INSERT INTO users VALUES (1);

--> attacker changes 2
SET app.user_id = '1'; INSERT INTO notes (owner_id, body) VALUES (1, 'a'), (1, 'b');

--> superuser sees
SELECT id, code, prices, state, size, rank, since = now() OR since > now() - interval '1 minute' FROM notes ORDER BY id;
--= 1 | ab    | {1.50,2.00} | draft | 0.00 | -5 | t
--= 2 | ab    | {1.50,2.00} | draft | 0.00 | -5 | t

-- What the database numbers takes no right on the sequence, whatever that is called.
--> attacker is refused 42501
SELECT nextval('papers_id_seq');

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER prices SET DEFAULT '{1.5}'; INSERT INTO v (owner_id, body) VALUES (1, 'x');

--> attacker is refused 42501 with "permission denied"
CREATE TEMP VIEW v AS SELECT * FROM notes; ALTER VIEW v ALTER state SET DEFAULT 'open'; INSERT INTO v (owner_id, body) VALUES (1, 'x');
