-- New records by the same way, with a field that the grant leaves out.

--> superuser does
CREATE ROLE {authenticator} LOGIN NOINHERIT IN ROLE {app};

--> deploy

--> superuser does
INSERT INTO users VALUES (1, 'clerk'), (2, 'boss');

--> authenticator is refused 42501
SET app.user_id = '1'; SET ROLE {app}; INSERT INTO members (id, name, pay) VALUES (1, 'x', 999999);

--> authenticator changes 0, or is refused 42501
SET app.user_id = '1'; SET ROLE {app};
INSERT INTO members (id, name, pay) SELECT 1, 'x', 999999 WHERE set_config('role', 'none', true) IS NOT NULL;

--> superuser sees nothing
SELECT * FROM members;

--> authenticator/2 changes 1
SET app.user_id = '1'; SET ROLE {app}; INSERT INTO members (id, name) VALUES (1, 'x');
