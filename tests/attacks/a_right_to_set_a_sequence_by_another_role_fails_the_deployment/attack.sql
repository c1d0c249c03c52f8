-- The same right by a role that the application inherits, by PUBLIC, or of the login.

--> superuser does
CREATE ROLE {group}; GRANT {group} TO {app}; GRANT UPDATE ON SEQUENCE notes_id_seq TO {group};

--> deploy fails with "notes_id_seq"

--> superuser does
REVOKE UPDATE ON SEQUENCE notes_id_seq FROM {group}; GRANT ALL ON SEQUENCE notes_id_seq TO {attacker};

--> deploy fails with "notes_id_seq"

--> superuser does
REVOKE ALL ON SEQUENCE notes_id_seq FROM {attacker};

--> deploy
