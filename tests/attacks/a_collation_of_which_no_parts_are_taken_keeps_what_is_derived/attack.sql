-- Of a collation that finds different letters equal, PostgreSQL takes no parts: parts are taken letter by letter, whatever the column's collation.

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2);
INSERT INTO objects VALUES (1, '1/a', 'open,b'), (2, '1/b', 'OPEN'), (3, '2/a', 'open'), (4, 'x/a', 'open');

--> attacker sees
SET app.user_id = '1'; SELECT id FROM objects ORDER BY id;
--= 1

--> attacker changes 1
SET app.user_id = '1'; UPDATE objects SET name = '1/c';

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE objects SET name = '2/c' WHERE id = 1;
