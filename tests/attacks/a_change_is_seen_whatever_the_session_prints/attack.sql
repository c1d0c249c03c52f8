-- Points, boxes and their like print as many digits as the session wants. Compared as texts, a change within what is printed is none.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO sites (id, status, pos, all_of_them, area)
VALUES (1, 'new', '(50,50)', ARRAY['(50,50)'::point], '<(50,50),5>');

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET pos = '(54,54)';

--> attacker is refused 42501
SET app.user_id = '1'; SET extra_float_digits = -15; UPDATE sites SET pos = '(54,54)';

--> attacker is refused 42501
SET app.user_id = '1'; SET extra_float_digits = -15; UPDATE sites SET all_of_them = ARRAY['(54,54)'::point];

--> attacker is refused 42501
SET app.user_id = '1'; SET extra_float_digits = -15; UPDATE sites SET area = '<(54,54),5>';

--> attacker changes 1
SET app.user_id = '1'; UPDATE sites SET status = 'seen';
