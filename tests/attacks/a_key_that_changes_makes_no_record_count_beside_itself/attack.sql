-- The key says which record is left out. Under another key, the one that changes would count as it was: the last owner leaves, and the team has none.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2), (3); INSERT INTO teams (id, name) VALUES (1, 'a'); INSERT INTO members (team_id, user_id, role) VALUES (1, 1, 'owner'), (1, 2, 'guest');

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE members SET role = 'guest' WHERE user_id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE members SET role = 'guest', user_id = 3 WHERE user_id = 1;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE members SET user_id = 3 WHERE user_id = 1;

--> attacker changes 1
SET app.user_id = '1'; UPDATE members SET note = 'stays' WHERE user_id = 2;

--> superuser sees
SELECT user_id, role FROM members ORDER BY 1;
--= 1 | owner
--= 2 | guest
