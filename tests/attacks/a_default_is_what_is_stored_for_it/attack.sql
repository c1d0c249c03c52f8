-- A value that equals the default and is stored otherwise counts as not given: another number of digits, the sign of zero.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO sites (id, title) VALUES (1, 'a');

--> attacker changes 1
SET app.user_id = '1'; INSERT INTO sites (id, amount, price, ratio, code) VALUES (2, 1.0, 2, 0, 'ab');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO sites (id, amount) VALUES (3, 1.000000);

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO sites (id, ratio) VALUES (3, '-0');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO sites (id, code) VALUES (3, 'AB');

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO sites (id, price) VALUES (3, NULL);

--> attacker changes 1
SET app.user_id = '2'; INSERT INTO sites (id, amount, price, ratio, code) VALUES (3, 1.000000, NULL, '-0', 'AB');

--> superuser sees
SELECT id, title, amount, price, ratio, rtrim(code) FROM sites ORDER BY id;
--= 1 | a | 1.0 | 2.00 | 0 | ab
--= 2 | null | 1.0 | 2.00 | 0 | ab
--= 3 | null | 1.000000 | null | -0 | AB
