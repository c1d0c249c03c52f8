-- The role that the application logs in as inherits the application's role and brings its own old grants along: fields that no rule
-- shows, updates of others, TRUNCATE.

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO emp (id, name, salary, boss_id) VALUES (1, 'a', 100, 1), (2, 'b', 200, 2);
GRANT ALL ON ALL TABLES IN SCHEMA public TO {attacker};

--> deploy fails with "{attacker}"

--> superuser does
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {attacker}; GRANT TRUNCATE ON emp TO {attacker};

--> deploy fails with "{attacker}"

--> superuser does
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {attacker}; GRANT SELECT (salary) ON emp TO {attacker};

--> deploy fails with "{attacker}"

-- By a role in between, and by a role that the login has to switch to.
--> superuser does
REVOKE SELECT (salary) ON emp FROM {attacker};
CREATE ROLE {group}; GRANT {group} TO {attacker}; GRANT UPDATE (salary) ON emp TO {group};

--> deploy fails with "{group}"

--> superuser does
REVOKE UPDATE (salary) ON emp FROM {group};
CREATE ROLE {authenticator} LOGIN NOINHERIT IN ROLE {app}; GRANT SELECT ON emp TO {authenticator};

--> deploy fails with "{authenticator}"

--> superuser does
REVOKE SELECT ON emp FROM {authenticator};

--> deploy

--> attacker sees
SET app.user_id = '1'; SELECT id, name, salary, boss_id FROM masked.emp ORDER BY id;
--= 1 | a | 100 | 1
--= 2 | b | null | null

--> attacker is refused 42501
SET app.user_id = '1'; SELECT * FROM public.emp;

--> attacker is refused 42501
SET app.user_id = '1'; UPDATE public.emp SET salary = 9 WHERE id = 1;

--> attacker is refused 42501
TRUNCATE public.emp;
