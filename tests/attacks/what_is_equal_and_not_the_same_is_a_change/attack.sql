-- The equality of a type lets through what is stored differently: other letters under a collation without case, thirty days for a
-- month, another number of digits, the sign of zero.

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');
INSERT INTO sites (id, status, name, term, amount, ratio, doc, list, word)
VALUES (1, 'new', 'admin', '1 month', 1.0, 0, '{"a": 1}', ARRAY[1, 2], NULL);

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET name = 'ADMIN';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET term = '30 days';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET amount = 1.000;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET ratio = '-0';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET doc = '{"a": 1.0}';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET list = '[0:1]={1,2}';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE sites SET word = '';

--> attacker changes 1
SET app.user_id = '1'; UPDATE sites SET status = 'seen';
