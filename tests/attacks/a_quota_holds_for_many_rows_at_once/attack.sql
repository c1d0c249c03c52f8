-- Asked once for a statement, a quota is asked before any of its rows is there: ten rows at once pass a quota of three.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO spaces (id, owner_id, name) VALUES (20, 2, 'b'), (21, 2, 'c');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) SELECT n, 1 FROM generate_series(1, 10) AS n;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) VALUES (1, 1), (2, 1), (3, 1), (4, 1);

--> attacker changes 3
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) SELECT n, 1 FROM generate_series(1, 3) AS n;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) VALUES (4, 1);

--> superuser sees
SELECT count(*) FROM spaces WHERE owner_id = 1;
--= 3

-- The record itself is none of the others, whatever it was called before.
--> attacker changes 1
SET app.user_id = '1'; UPDATE spaces SET name = 'one' WHERE id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE spaces SET name = 'one' WHERE id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE spaces SET name = 'same' WHERE id > 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE spaces SET name = 'one' WHERE id = 2;

-- Two sessions at once: the second waits until the first has ended, and then counts what is there.
--> superuser does
DELETE FROM spaces WHERE id IN (2, 3);

--> attacker does
SET app.user_id = '1'; BEGIN; INSERT INTO spaces (id, owner_id) VALUES (5, 1);

--> attacker/2 is refused 57014
SET app.user_id = '1'; SET statement_timeout = '200ms'; INSERT INTO spaces (id, owner_id) VALUES (6, 1), (7, 1);

--> attacker/3 changes 1
SET app.user_id = '2'; SET statement_timeout = '5s'; INSERT INTO spaces (id, owner_id) VALUES (22, 2);

--> attacker does
COMMIT;

--> attacker/2 is refused 42501
SET app.user_id = '1'; SET statement_timeout = '20s'; INSERT INTO spaces (id, owner_id) VALUES (6, 1), (7, 1);

-- Where a trigger tells grants apart, it counts as the policy does.
--> attacker changes 2
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, size) VALUES (1, 1, 1), (2, 1, 1);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, size) SELECT n, 5, 1 FROM generate_series(10, 12) AS n;

--> attacker changes 2
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, name) VALUES (3, 1, 'free'), (4, 1, 'free');
