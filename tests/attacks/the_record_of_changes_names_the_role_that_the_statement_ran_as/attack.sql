-- What is recorded after a statement must not be what the statement left behind: here another role than the one that changed the row.

--> superuser does
CREATE ROLE {otherteam}; GRANT {otherteam} TO {attacker};

--> deploy

--> superuser does
INSERT INTO users VALUES ('{attacker}'); INSERT INTO items (id, owner, title, price) VALUES (1, '{attacker}', 'a', 50);
TRUNCATE change_log;

--> attacker changes 1
UPDATE items SET title = 'x' WHERE id = 1 RETURNING set_config('role', '{otherteam}', false);

--> superuser sees
SELECT actor, database_role, operation FROM change_log;
--= {attacker} | {attacker} | update
