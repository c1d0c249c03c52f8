-- Where the lookup role sees everything by itself, nothing is missing without the policy.

--> superuser does
CREATE ROLE {lookup} BYPASSRLS;
DO $$ BEGIN
  -- Before, who may create roles needs no more.
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'GRANT {lookup} TO deployer WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  END IF;
END $$;

--> deploy

--> superuser does
INSERT INTO users VALUES (1), (2); INSERT INTO items VALUES (1), (2);
INSERT INTO bans (id, item_id, user_id) VALUES (1, 2, 1);
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT polname, polrelid::regclass AS relation FROM pg_policy WHERE '{lookup}'::regrole = ANY (polroles) LOOP
    EXECUTE format('DROP POLICY %I ON %s', one.polname, one.relation);
  END LOOP;
END $$;

--> attacker sees
SET app.user_id = '1'; SELECT id FROM items ORDER BY id;
--= 1
