-- Who may set `session_replication_role` switches ordinary triggers off, and with them every step.

--> superuser does
GRANT SET ON PARAMETER session_replication_role TO {app};

--> deploy fails with "session_replication_role"

--> superuser does
REVOKE SET ON PARAMETER session_replication_role FROM {app};
GRANT SET ON PARAMETER session_replication_role TO {attacker};

--> deploy fails with "session_replication_role"

--> superuser does
REVOKE SET ON PARAMETER session_replication_role FROM {attacker};

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss'); INSERT INTO orders (id, status, price) VALUES (1, 'new', 100), (2, 'new', 200);

--> attacker is refused 42501
SET session_replication_role = replica;
