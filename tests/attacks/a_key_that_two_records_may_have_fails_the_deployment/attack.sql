-- Until the transaction ends, two projects have one key: the tasks of a project are seen by whoever makes another one with its key.

--> deploy fails with "a new record with the key of another one passes for it"

--> deployer does
ALTER TABLE projects DROP CONSTRAINT key; ALTER TABLE projects ADD CONSTRAINT key PRIMARY KEY (id);

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO projects VALUES (7, 2); INSERT INTO tasks VALUES (1, 7, 'secret');

--> attacker is refused 23505
SET app.user_id = '1'; BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO projects VALUES (7, 1);

--> attacker sees nothing
ROLLBACK; SELECT text FROM tasks;
