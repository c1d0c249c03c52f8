-- Whoever got to run code as the lookup role could replace the look-ups for everybody, for good.

--> deploy

--> superuser sees
SELECT has_schema_privilege('rowgate_lookup', 'rowgate', 'CREATE'), nspowner::regrole FROM pg_namespace WHERE nspname = 'rowgate';
--= f | deployer

--> superuser is refused 42501
SET ROLE rowgate_lookup; CREATE FUNCTION rowgate.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1';

--> superuser is refused 42501
SET ROLE rowgate_lookup; CREATE TABLE public.mine (id integer);
