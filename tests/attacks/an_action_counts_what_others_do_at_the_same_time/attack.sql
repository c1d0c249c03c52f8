-- Two calls at once each find what the other one takes: one seat too many is taken, and nobody keeps the room.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2), (3), (4); INSERT INTO rooms VALUES (1), (2); INSERT INTO seats (room_id, owner_id) VALUES (1, 4);
INSERT INTO tickets (id, room_id, owner_id, used) VALUES (1, 1, 1, false), (2, 1, 2, false), (3, 2, 3, false);
INSERT INTO keepers (id, room_id, user_id, active) VALUES (1, 1, 1, true), (2, 1, 2, true), (3, 2, 3, true), (4, 2, 4, true);

--> attacker does
SET app.user_id = '1'; BEGIN; SELECT guard.take_seat(1);

--> attacker/2 starts and waits
SET app.user_id = '2'; SELECT guard.take_seat(2);

-- Nobody waits for another room.
--> attacker/3 does
SET app.user_id = '3'; SET statement_timeout = '5s'; SELECT guard.take_seat(3);

--> attacker does
COMMIT;

--> attacker/2 ends and is refused 42501

--> superuser sees
SELECT count(*) FROM seats WHERE room_id = 1;
--= 2

--> attacker does
BEGIN; SELECT guard.step_down(1);

--> attacker/2 starts and waits
SET app.user_id = '2'; SELECT guard.step_down(2);

--> attacker/3 does
SELECT guard.step_down(3);

--> attacker does
COMMIT;

--> attacker/2 ends and is refused 42501

--> superuser sees
SELECT id FROM keepers WHERE active ORDER BY id;
--= 2
--= 4

-- Alone, too, the last one stays.
--> attacker/2 is refused 42501
SET app.user_id = '2'; SELECT guard.step_down(2);
