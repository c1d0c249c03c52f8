-- What look-ups cannot see is told while they are made, and not when somebody is let through or every statement fails.

--> superuser does
INSERT INTO ident.users VALUES (1, 'here'), (2, 'here'); INSERT INTO ident.bans VALUES (1, 1); INSERT INTO items VALUES (1);

--> deploy fails with "permission denied for schema ident"

--> superuser does
GRANT USAGE ON SCHEMA ident TO deployer; GRANT SELECT ON ident.users TO deployer;

--> deploy fails with "permission denied for table bans"

--> superuser does
GRANT SELECT (id) ON ident.bans TO deployer;

--> deploy fails with "permission denied for table bans"

--> superuser does
GRANT SELECT ON ident.bans TO deployer; ALTER TABLE ident.bans ENABLE ROW LEVEL SECURITY;

--> deploy fails with "deployer does not see every row of ident.bans"

--> superuser does
CREATE POLICY one_by_one ON ident.bans USING (user_id > 1);

--> deploy fails with "deployer does not see every row of ident.bans"

--> superuser does
CREATE POLICY all_of_it ON ident.bans FOR SELECT TO deployer USING (true);

--> deploy

--> attacker sees nothing
SET app.user_id = '1'; SELECT id FROM items;

--> attacker sees
SET app.user_id = '2'; SELECT id FROM items;
--= 1

--> superuser does
UPDATE ident.users SET kind = 'gone' WHERE id = 1;

--> attacker sees nothing
SET app.user_id = '2'; SELECT id FROM items;

-- The platform takes the policy back; the next deployment names it, and what closes it.
--> superuser does
DROP POLICY all_of_it ON ident.bans;

--> migrate to next.policy fails with "ident.bans: look-ups read it as deployer, to whom row-level security may hide rows"

--> superuser does
SET ROLE {platform}; CREATE POLICY rowgate_window ON ident.bans FOR SELECT TO deployer USING (true);

--> migrate to next.policy
