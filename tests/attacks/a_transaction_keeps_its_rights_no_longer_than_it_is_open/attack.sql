-- Under REPEATABLE READ a transaction sees the memberships as they were when it began, and keeps its rights until it
-- ends. READ COMMITTED, which is the default, must not; and nothing is kept beyond the end.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO teams VALUES (1); INSERT INTO members (id, user_id, team_id, role) VALUES (1, 1, 1, 'member');
INSERT INTO items (id, name, team_id) VALUES (1, 'old', 1), (2, 'other', 1);

--> attacker does
BEGIN; SET LOCAL app.user_id = '1';

--> attacker sees
SELECT count(*) FROM items;
--= 2

--> attacker/2 does
BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL app.user_id = '1';

--> attacker/2 sees
SELECT count(*) FROM items;
--= 2

--> superuser does
DELETE FROM members;

--> attacker sees
SELECT count(*) FROM items;
--= 0

--> attacker changes 0
UPDATE items SET name = 'after the revocation';

--> attacker/2 does
ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL app.user_id = '1';

--> attacker/2 sees
SELECT count(*) FROM items;
--= 0

--> attacker/2 changes 0
UPDATE items SET name = 'after the revocation';
