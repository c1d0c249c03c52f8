-- A restrictive policy for everybody filters what a look-up sees, too. `no Bans` would be true of somebody who is banned.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
CREATE POLICY tenant ON bans AS RESTRICTIVE USING (current_setting('app.tenant', true) = '7');

--> deploy fails with "tenant"

--> superuser does
DROP POLICY tenant ON bans; CREATE POLICY lookup_only ON bans AS RESTRICTIVE TO rowgate_lookup USING (false);

--> deploy fails with "lookup_only"

--> superuser does
DROP POLICY lookup_only ON bans;

--> deploy

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1
