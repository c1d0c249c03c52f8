-- A look-up that no longer sees all topics of the user must not answer that a room has all of them.

--> deploy

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO topics VALUES (1), (2);
INSERT INTO cleared (id, user_id, topic_id) VALUES (1, 1, 1), (2, 1, 2); INSERT INTO rooms VALUES (1, '{1}'), (2, '{1,2}');

--> attacker sees
SET app.user_id = '1'; SELECT id FROM rooms;
--= 2

--> superuser does
CREATE POLICY tenant ON cleared AS RESTRICTIVE USING (topic_id = 1);

--> attacker is refused
SELECT id FROM rooms;
