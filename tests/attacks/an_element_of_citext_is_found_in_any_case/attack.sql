-- `contains` compares by the type of the elements, whatever stands on the other side. By that of a text, `does not contain "X"` would
-- be true of a list that has it.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO docs (id, tags, word) VALUES (1, ARRAY['x'], 'x'), (2, ARRAY['y'], 'y');
INSERT INTO notes (id, tags, word) VALUES (1, ARRAY['x'], 'x'), (2, ARRAY['y'], 'y');
INSERT INTO tokens (id, word) VALUES (1, 'x'), (2, 'y');

--> attacker sees
SET app.user_id = '1'; SELECT id FROM docs ORDER BY id;
--= 1

--> attacker sees
SELECT id FROM notes ORDER BY id;
--= 2

--> attacker sees
SET app.claims = '{"l": ["X"]}'; SELECT id FROM tokens ORDER BY id;
--= 2
