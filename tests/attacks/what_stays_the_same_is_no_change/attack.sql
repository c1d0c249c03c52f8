-- Values of many kinds that the statement does not touch, or writes again as they are, do not stop a step.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');
INSERT INTO sites (id, status, pos, long, doc, span, code, nothing, list)
VALUES (1, 'new', '(50,50)', repeat('abcdefgh', 80000), '{"a":  1}', '[2020-01-01,2021-01-01)', 'ab', NULL, ARRAY[1, NULL]);

--> attacker changes 1
SET app.user_id = '1'; UPDATE sites SET status = 'seen';

-- The boss may write these fields, so the column list does not close them; the step asks what changes.
--> attacker changes 1
SET app.user_id = '1';
UPDATE sites SET status = 'again', pos = pos, long = long, doc = doc, span = span, code = code, nothing = NULL, list = ARRAY[1, NULL];

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET doc = '{"a": 1}';
