-- Attributes and memberships that lead around every policy: of the application's role, and of a login that acts as it.

--> superuser does
ALTER ROLE {app} NOINHERIT; GRANT rowgate_masking TO {app};

--> deploy fails with "{app}"

--> superuser does
REVOKE rowgate_masking FROM {app}; ALTER ROLE {app} INHERIT REPLICATION;

--> deploy fails with "{app}"

--> superuser does
ALTER ROLE {app} NOREPLICATION; GRANT pg_execute_server_program TO {app};

--> deploy fails with "{app}"

--> superuser does
REVOKE pg_execute_server_program FROM {app}; GRANT pg_read_server_files TO {attacker};

--> deploy fails with "{attacker}"

--> superuser does
REVOKE pg_read_server_files FROM {attacker}; GRANT pg_write_server_files TO {attacker};

--> deploy fails with "{attacker}"

--> superuser does
REVOKE pg_write_server_files FROM {attacker}; GRANT pg_read_all_data TO {attacker};

--> deploy fails with "{attacker}"

--> superuser does
REVOKE pg_read_all_data FROM {attacker}; GRANT rowgate_masking TO {attacker};

--> deploy fails with "{attacker}"

--> superuser does
REVOKE rowgate_masking FROM {attacker};

--> deploy
