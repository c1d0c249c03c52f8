-- A look-up under a negation that no longer sees everything must not answer "there is none".

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1

--> superuser does
CREATE POLICY tenant ON bans AS RESTRICTIVE USING (current_setting('app.tenant', true) = '7');

--> attacker is refused
SELECT id FROM items;

-- A restrictive policy for writing, or for somebody else, takes nothing from what is read.
--> superuser does
DROP POLICY tenant ON bans; CREATE POLICY writing ON bans AS RESTRICTIVE FOR UPDATE USING (false);
CREATE POLICY others ON bans AS RESTRICTIVE FOR SELECT TO {attacker} USING (false);

--> attacker sees
SELECT id FROM items ORDER BY id;
--= 1
