-- The functions of a trigger's WHEN are called by whoever fires it. A right that is missing shows at the deployment, or not at all;
-- never as an error of statements that the rules allow.

--> deploy, or it fails with "app.me"

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO notes (id, user_id, text, tag) VALUES (1, 1, 'a', 'b');

--> attacker changes 1
SET app.user_id = '1'; UPDATE notes SET text = 'c';

--> attacker is refused 42501 with "row-level security policy"
SET app.user_id = '1'; UPDATE notes SET text = 'd', tag = 'd';
