-- Asked once for a statement, a boundary is asked before any of its rows is there, or gone: ten rows at once pass a quota of three, and nobody keeps the team.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO teams VALUES (1), (2);
INSERT INTO keepers (id, team_id, active) VALUES (1, 1, true), (2, 1, true), (3, 1, true), (4, 2, true), (5, 2, true);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) SELECT n, 1 FROM generate_series(1, 10) AS n;

--> attacker changes 3
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) SELECT n, 1 FROM generate_series(1, 3) AS n;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) VALUES (4, 1);

--> attacker changes 2
SET app.user_id = '1'; DELETE FROM keepers WHERE team_id = 1;

--> superuser sees
SELECT count(*) FROM keepers WHERE team_id = 1 AND active;
--= 1

-- Two at once, too.
--> attacker changes 1
SET app.user_id = '1'; BEGIN; DELETE FROM keepers WHERE id = 4;

--> attacker/2 starts and waits
SET app.user_id = '1'; DELETE FROM keepers WHERE id = 5;

--> attacker does
COMMIT;

--> attacker/2 ends and changes 0
