-- A temporary view on a masking view or a guard function, in a session that stays open, must not keep the next migration from dropping
-- what it makes anew: the cure of a leak, perhaps.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO emp (id, name, salary, boss_id) VALUES (1, 'a', 100, 1), (2, 'b', 200, 2);

--> attacker does
SET app.user_id = '1'; CREATE TEMP VIEW v AS SELECT *, guard.can_access_emp('read', id) FROM masked.emp;

--> attacker sees
SELECT count(*) FROM v;
--= 2

--> migrate to next.policy

--> attacker sees
SET app.user_id = '1'; SELECT id, name, salary FROM masked.emp ORDER BY id;
--= 1 | a | 100
--= 2 | null | null
