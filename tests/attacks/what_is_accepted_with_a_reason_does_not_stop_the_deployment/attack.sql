-- A function, a table, a view and a policy of others that are meant to be there; what is not
-- named still stops the deployment.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');
CREATE FUNCTION all_items() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT count(*) FROM items';
CREATE VIEW names AS SELECT name FROM items; GRANT SELECT ON names TO {app};
CREATE TABLE countries (code text); GRANT SELECT ON countries TO {app};
CREATE POLICY moderators ON items FOR SELECT TO {attacker} USING (name = 'secret');
CREATE POLICY another ON items FOR UPDATE USING (true);

--> deploy fails with "another"

--> superuser does
DROP POLICY another ON items;

--> deploy

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1
--= 2

--> attacker sees
SELECT all_items();
--= 2
