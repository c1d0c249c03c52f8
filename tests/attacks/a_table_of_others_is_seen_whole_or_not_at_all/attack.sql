-- The platform's tables are read by functions of the deployer's. Where its rows were hidden from the deployer, "no ban" would be found, and grant.

--> superuser does
INSERT INTO ident.users VALUES (1, 'staff', '1@a', NULL), (2, 'staff', '2@a', 1), (3, 'guest', '3@b', 2);
INSERT INTO ident.bans VALUES (1, 1, 'politics'), (2, 2, 'sports');
INSERT INTO items (id, topic) VALUES (1, 'politics'), (2, 'sports'); INSERT INTO notes VALUES (1, 1), (2, 2), (3, 3);

--> deploy

-- Nothing of the platform's has changed.
--> superuser sees
SELECT relname, relrowsecurity, relforcerowsecurity, obj_description(oid), coalesce(relacl::text, '') LIKE '%rowgate%' FROM pg_class WHERE relnamespace = 'ident'::regnamespace AND relkind = 'r' ORDER BY 1;
SELECT count(*) FROM pg_policy WHERE polrelid IN ('ident.users'::regclass, 'ident.bans'::regclass);
SELECT has_schema_privilege('rowgate_lookup', 'ident', 'USAGE');
--= bans | f | f | null | f
--= users | f | f | null | f
--= 0
--= f

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id; SELECT id FROM notes ORDER BY id;
--= 2
--= 1
--= 2
--= 3

--> attacker sees
SET app.user_id = '2'; SELECT id FROM items ORDER BY id; SELECT id FROM notes ORDER BY id;
--= 1
--= 1
--= 2
--= 3

--> attacker sees
SET app.user_id = '3'; SELECT id FROM items ORDER BY id; SELECT id FROM notes ORDER BY id;
--= 1
--= 2

--> attacker sees nothing
RESET app.user_id; SELECT id FROM items; SELECT id FROM notes;

-- Neither the tables nor what reads them is the application's to use.
--> attacker is refused 42501
SELECT * FROM ident.users;

--> attacker sees
CREATE FUNCTION pg_temp.tried() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  one record;
  count integer := 0;
BEGIN
  FOR one IN SELECT p.proname, p.oid, p.proargtypes,
      (SELECT string_agg(format('NULL::%s', t::regtype), ', ') FROM unnest(p.proargtypes) AS t) AS arguments
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = 'rowgate' AND p.proname LIKE '%window%'
  LOOP
    count := count + 1;
    BEGIN
      EXECUTE format('SELECT FROM rowgate.%I(%s)', one.proname, one.arguments);
      RETURN NEXT one.proname;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    IF pg_catalog.has_function_privilege(one.oid, 'EXECUTE') THEN RETURN NEXT one.proname; END IF;
  END LOOP;
  RETURN NEXT CASE WHEN count > 3 THEN 'tried' ELSE 'there is nothing to try' END;
END $$;
SELECT * FROM pg_temp.tried();
--= tried

-- The platform hides rows from whoever deploys: nothing is granted by not finding them.
--> superuser does
ALTER TABLE ident.bans ENABLE ROW LEVEL SECURITY;

--> attacker is refused P0001 with "does not see every row"
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;

--> superuser does
CREATE POLICY own ON ident.bans FOR SELECT TO deployer USING (user_id = 2);

--> attacker is refused P0001 with "does not see every row"
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;

--> superuser does
DROP POLICY own ON ident.bans; CREATE POLICY all_of_it ON ident.bans FOR SELECT TO deployer USING (true);

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 2

--> superuser does
CREATE POLICY less ON ident.bans AS RESTRICTIVE FOR SELECT TO deployer USING (id > 1);

--> attacker is refused P0001 with "does not see every row"
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;

--> superuser does
DROP POLICY less ON ident.bans; DROP POLICY all_of_it ON ident.bans; ALTER TABLE ident.bans DISABLE ROW LEVEL SECURITY;

-- A view in its place has no policies at all.
--> superuser does
ALTER TABLE ident.bans RENAME TO bans_of_before; CREATE VIEW ident.bans AS SELECT * FROM ident.bans_of_before WHERE false; GRANT SELECT ON ident.bans TO deployer;

--> attacker is refused P0001 with "does not see every row"
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;

--> superuser does
DROP VIEW ident.bans; ALTER TABLE ident.bans_of_before RENAME TO bans;

-- The platform changes its tables as it likes: no view and no parsed body stands in the way.
--> superuser does
SET ROLE {platform}; ALTER TABLE ident.users ALTER email TYPE text, ALTER kind TYPE text; ALTER TABLE ident.bans ALTER topic TYPE varchar(40); ALTER TABLE ident.bans DROP written_by; RESET ROLE;

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id; SELECT id FROM notes ORDER BY id;
--= 2
--= 1
--= 2
--= 3

--> superuser does
ALTER TABLE ident.bans RENAME topic TO subject;

--> attacker is refused 42703
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;

--> superuser does
ALTER TABLE ident.bans RENAME subject TO topic; REVOKE ALL ON ident.bans FROM deployer;

--> attacker is refused 42501
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
