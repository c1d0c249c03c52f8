-- A statement that waits for a row goes on with the row as it is then, and with the memberships as they were when it began: PostgreSQL
-- checks the row anew, and not what was looked up. So the statement that waited may go either way; the next one must know.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO teams VALUES (1); INSERT INTO members (id, user_id, team_id, role) VALUES (1, 1, 1, 'member');
INSERT INTO items (id, name, team_id) VALUES (1, 'old', 1), (2, 'other', 1);

--> superuser/2 does
BEGIN; UPDATE items SET name = 'new' WHERE id = 1; DELETE FROM members WHERE user_id = 1;

--> attacker does
SET app.user_id = '1';

--> attacker starts and waits
SELECT name FROM items WHERE id = 1 FOR UPDATE

--> superuser/2 does
COMMIT;

--> attacker ends and sees nothing, or sees
--= new

--> attacker sees nothing
SELECT name FROM items;

--> attacker changes 0
UPDATE items SET name = 'mine again' WHERE id = 1;

-- Where the record leaves the team instead, the row itself is looked at anew.
--> superuser does
INSERT INTO members (id, user_id, team_id, role) VALUES (1, 1, 1, 'member'); INSERT INTO teams VALUES (2);

--> superuser/2 does
BEGIN; UPDATE items SET name = 'secret', team_id = 2 WHERE id = 1;

--> attacker starts and waits
UPDATE items SET name = 'mine again' WHERE id = 1

--> superuser/2 does
COMMIT;

--> attacker ends and changes 0

--> superuser sees
SELECT name FROM items WHERE id = 1;
--= secret
