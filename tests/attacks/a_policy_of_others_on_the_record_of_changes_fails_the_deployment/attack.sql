-- A table of the record that is there already, with a policy that shows it, or lets it be written, or hides from the look-ups.

--> superuser does
CREATE POLICY insiders ON change_log USING (true);

--> deploy fails with "insiders"

--> superuser does
DROP POLICY insiders ON change_log; CREATE POLICY nothing_new ON change_log AS RESTRICTIVE FOR INSERT WITH CHECK (false);

--> deploy fails with "nothing_new"

--> superuser does
DROP POLICY nothing_new ON change_log;

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES (1, '{attacker}', 'a', 50);
TRUNCATE change_log;

--> attacker changes 1
UPDATE items SET title = 'y';

--> attacker is refused 42501
SELECT * FROM change_log;

--> attacker is refused 42501
DELETE FROM change_log;

--> superuser sees
SELECT operation FROM change_log;
--= update
