-- A GRANT by who may not pass the right on is a warning of PostgreSQL's, and does nothing. Then every statement of the application fails.

--> deploy fails with "theirs"

--> superuser does
GRANT USAGE ON SCHEMA theirs TO {app};

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO theirs.items (id, user_id, name) VALUES (1, 1, 'mine'), (2, 2, 'secret');

--> attacker sees
SET app.user_id = '1'; SELECT name FROM theirs.items;
--= mine
