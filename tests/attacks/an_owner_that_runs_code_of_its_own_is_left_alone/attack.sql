-- An application whose owner runs functions of its own: its tables do not bind the owner, and everybody else is bound as before.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, NULL), (2, 2, 'secret'); INSERT INTO secrets VALUES (1, 1), (2, 2);

--> deployer does
CREATE FUNCTION all_items() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT count(*) FROM items';
CREATE FUNCTION other_items() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT count(*) FROM items';

-- What runs as an owner that is not bound is a way around the policies.
--> deploy fails with "other_items"

--> deployer does
REVOKE ALL ON FUNCTION other_items() FROM PUBLIC;

--> deploy

--> superuser sees
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname IN ('items', 'secrets', 'users') AND relkind = 'r' ORDER BY relname;
--= items | t | f
--= secrets | t | t
--= users | t | f

--> deployer sees
SELECT count(*) FROM items;
--= 2

--> deployer sees
SELECT count(*) FROM secrets;
--= 0

--> deployer changes 1
UPDATE items SET name = 'the owner' WHERE id = 2;

--> deployer changes 1
INSERT INTO items (id, user_id, name) VALUES (3, 2, 'the owner');

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items; SELECT all_items();
--= 1
--= 3

--> attacker is refused 42501
SET app.user_id = '1'; INSERT INTO items (id, user_id, name) VALUES (4, 1, 'x');

--> attacker changes 0
SET app.user_id = '1'; UPDATE items SET name = 'x' WHERE id = 2;

--> attacker changes 1
SET app.user_id = '1'; UPDATE items SET name = 'x' WHERE id = 1;
