-- A policy that reaches no role of ours is no reason to refuse.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');
CREATE ROLE {reports}; GRANT SELECT ON items TO {reports};
CREATE POLICY reports_permissive ON items FOR SELECT TO {reports} USING (true);
CREATE POLICY reports_restrictive ON items AS RESTRICTIVE FOR SELECT TO {reports} USING (id < 2);

--> deploy

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items;
--= 1
