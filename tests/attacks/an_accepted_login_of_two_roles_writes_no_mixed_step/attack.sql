-- Where one login may act as both after all, tables that both may write ask for
-- the whole step, so a switch in the middle of a statement mixes nothing.

--> superuser does
CREATE ROLE {hr}; CREATE ROLE {lead}; CREATE ROLE {hrlead} LOGIN NOINHERIT IN ROLE {hr}, {lead};

--> deploy

--> superuser does
INSERT INTO emp (id, name, salary, dept) VALUES (1, 'A', 1, 'sales'), (2, 'B', 2, 'it');

--> hrlead does
CREATE FUNCTION pg_temp.switch() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS
$$ BEGIN PERFORM set_config('role', '{lead}', true); RETURN true; END $$;

--> hrlead is refused 42501
SET ROLE {hr}; UPDATE emp SET salary = 5;

--> hrlead is refused 42501
SET ROLE {hr}; UPDATE emp SET salary = 5 WHERE pg_temp.switch();

--> superuser sees
SELECT salary FROM emp ORDER BY id;
--= 1
--= 2

--> hrlead changes 1
SET ROLE {hr}; UPDATE emp SET name = 'b';

--> hrlead changes 1
SET ROLE {lead}; UPDATE emp SET salary = 7;
