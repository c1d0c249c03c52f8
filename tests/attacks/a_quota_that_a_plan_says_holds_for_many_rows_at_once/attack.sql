-- How many there may be stands in the data. Counted once for a statement, ten rows at once would pass; two sessions would each pass alone.

--> deploy

--> superuser does
INSERT INTO plans (id, max_spaces) VALUES (1, 3), (2, NULL), (3, 0), (4, -1); INSERT INTO users (id, plan_id) VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, NULL); INSERT INTO spaces (id, owner_id, name) VALUES (20, 2, 'b');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) SELECT n, 1 FROM generate_series(1, 10) AS n;

--> attacker changes 3
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) SELECT n, 1 FROM generate_series(1, 3) AS n;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) VALUES (4, 1);

-- Whose plan says nothing has no number; whose plan says none, or less, has none.
--> attacker is refused 42501
SET app.user_id = '2'; INSERT INTO spaces (id, owner_id) VALUES (4, 2);

--> attacker is refused 42501
SET app.user_id = '3'; INSERT INTO spaces (id, owner_id) VALUES (4, 3);

--> attacker is refused 42501
SET app.user_id = '4'; INSERT INTO spaces (id, owner_id) VALUES (4, 4);

--> attacker is refused 42501
SET app.user_id = '5'; INSERT INTO spaces (id, owner_id) VALUES (4, 5);

-- Two sessions at once: the second waits until the first has ended, and then counts what is there.
--> superuser does
DELETE FROM spaces WHERE id IN (2, 3);

--> attacker does
SET app.user_id = '1'; BEGIN; INSERT INTO spaces (id, owner_id) VALUES (5, 1);

--> attacker/2 is refused 57014
SET app.user_id = '1'; SET statement_timeout = '200ms'; INSERT INTO spaces (id, owner_id) VALUES (6, 1), (7, 1);

--> attacker does
COMMIT;

--> attacker/2 is refused 42501
SET app.user_id = '1'; SET statement_timeout = '20s'; INSERT INTO spaces (id, owner_id) VALUES (6, 1), (7, 1);

--> attacker/2 changes 1
SET app.user_id = '1'; INSERT INTO spaces (id, owner_id) VALUES (6, 1);

-- Where a trigger tells grants apart, it counts as the policy does: the record itself is none of the others.
--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, size) SELECT n, 1, 1 FROM generate_series(1, 4) AS n;

--> attacker changes 3
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, size) SELECT n, 1, 1 FROM generate_series(1, 3) AS n;

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, size) VALUES (4, 1, 1);

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO rooms (id, space_id, name) VALUES (4, 1, 'free');

--> attacker is refused 42501
SET app.user_id = '2'; INSERT INTO rooms (id, space_id, size) VALUES (5, 20, 1);

--> superuser sees
SELECT count(*) FROM spaces WHERE owner_id = 1;
--= 3
