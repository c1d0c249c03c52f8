-- From version 16 on a membership may give neither inheritance nor SET ROLE; that is no way to act as the role. The right to pass it
-- on is one: its holder gives himself the rest.

--> superuser does
CREATE ROLE {hr}; CREATE ROLE {lead}; CREATE ROLE {hrlead} LOGIN NOINHERIT IN ROLE {hr};
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'GRANT {lead} TO {hrlead} WITH INHERIT FALSE, SET FALSE';
  END IF;
END $$;

--> deploy

--> superuser does
INSERT INTO emp (id, name, salary, dept) VALUES (1, 'A', 1, 'sales'), (2, 'B', 2, 'it');

--> hrlead sees
SET ROLE {hr}; SELECT name FROM emp ORDER BY id;
--= A
--= B

--> hrlead is refused 42501
SET ROLE {lead};
