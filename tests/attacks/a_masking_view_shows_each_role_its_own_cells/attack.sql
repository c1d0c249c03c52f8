-- With a masking view, each cell asks for itself who looks, so a switch between rewriting and running mixes nothing.

--> superuser does
CREATE ROLE {hr}; CREATE ROLE {lead}; CREATE ROLE {hrlead} LOGIN NOINHERIT IN ROLE {hr}, {lead};

--> deploy, or it fails with "{hrlead}"

--> superuser does
INSERT INTO emp (id, name, salary, dept) VALUES (1, 'A', 1, 'sales'), (2, 'B', 2, 'it');

--> hrlead does
CREATE FUNCTION pg_temp.switch() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS
$$ BEGIN PERFORM set_config('role', '{lead}', true); RETURN true; END $$;

--> hrlead sees
SET ROLE {hr}; SELECT id, name, salary FROM masked.emp ORDER BY id;
--= 1 | A | null
--= 2 | B | null

--> hrlead sees nothing, or is refused 42501
SET ROLE {hr}; SELECT id FROM masked.emp WHERE salary = 2 AND pg_temp.switch();

--> hrlead sees nothing, or is refused 42501
SET ROLE {hr}; SELECT id FROM public.emp WHERE salary > 0 AND pg_temp.switch();
