-- A look-up runs as another role. A condition that asks who acts would be true there of somebody whom it names in a policy.

--> deploy, unless check says "current_user"

--> superuser does
INSERT INTO users VALUES (1); INSERT INTO projects VALUES (1); INSERT INTO tasks (id, project_id) VALUES (1, 1);

--> attacker sees nothing
SET app.user_id = '1'; SELECT id FROM projects;

--> attacker sees nothing
SET app.user_id = '1'; SELECT id FROM tasks;
