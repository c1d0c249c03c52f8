-- Of a collation that finds different letters equal, PostgreSQL takes no parts: in derived columns it takes them as of any text, and finds all letters' other case.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2);
INSERT INTO objects VALUES (1, '1/a', 'a,ÄB'), (2, '1/b', 'äb'), (3, '2/a', 'a,äb'), (4, 'x/a', 'a,äb'), (5, '1/a', 'a,ab');

--> attacker sees
SET app.user_id = '1'; SELECT id FROM objects ORDER BY id;
--= 1

--> attacker changes 1
SET app.user_id = '1'; UPDATE objects SET name = '1/c';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE objects SET name = '2/c' WHERE id = 1;
