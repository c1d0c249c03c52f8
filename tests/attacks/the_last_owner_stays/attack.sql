-- Asked once for a statement, every owner has another one beside: all of them can be taken away at once.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2), (3); INSERT INTO teams VALUES (1), (2);
INSERT INTO members (id, team_id, user_id, role) VALUES (1, 1, 1, 'owner'), (2, 1, 2, 'owner'), (3, 1, 3, 'member'), (4, 2, 2, 'owner');

--> attacker changes 1
SET app.user_id = '1'; DELETE FROM members WHERE role = 'owner';

--> superuser sees
SELECT count(*) FROM members WHERE role = 'owner' AND team_id = 1;
--= 1

--> superuser does
TRUNCATE members; INSERT INTO members (id, team_id, user_id, role) VALUES (1, 1, 1, 'owner'), (2, 1, 2, 'owner'), (3, 1, 3, 'member');

--> attacker changes 1
SET app.user_id = '1'; UPDATE members SET role = 'member' WHERE role = 'owner';

--> superuser sees
SELECT count(*) FROM members WHERE role = 'owner' AND team_id = 1;
--= 1

-- Two at once, each of whom relies on the other: the second waits until the first has ended, and then finds itself the last.
--> superuser does
TRUNCATE members; INSERT INTO members (id, team_id, user_id, role) VALUES (1, 1, 1, 'owner'), (2, 1, 2, 'owner'), (3, 2, 1, 'owner'), (4, 2, 3, 'owner');

--> attacker changes 1
SET app.user_id = '1'; BEGIN; DELETE FROM members WHERE id = 1;

--> attacker/2 starts and waits
SET app.user_id = '2'; DELETE FROM members WHERE id = 2;

-- Nobody waits for another team.
--> attacker/3 changes 1
SET app.user_id = '3'; SET statement_timeout = '5s'; UPDATE members SET role = 'member' WHERE id = 4;

--> attacker does
COMMIT;

--> attacker/2 ends and changes 0
