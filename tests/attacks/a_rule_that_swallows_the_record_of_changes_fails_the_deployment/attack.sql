-- A rule rewrites statements before anything else is asked. One on the table of the record swallows every entry; one on a table of
-- the project does something else than what was asked for.

--> superuser does
CREATE RULE swallow AS ON INSERT TO change_log DO INSTEAD NOTHING;

--> deploy fails with "swallow"

--> superuser does
DROP RULE swallow ON change_log; CREATE RULE besides AS ON UPDATE TO items DO ALSO DELETE FROM users;

--> deploy fails with "besides"

--> superuser does
DROP RULE besides ON items;

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES (1, '{attacker}', 'a', 50);
TRUNCATE change_log;

--> attacker changes 1
UPDATE items SET title = 'y';

--> superuser sees
SELECT count(*) FROM change_log;
--= 1
