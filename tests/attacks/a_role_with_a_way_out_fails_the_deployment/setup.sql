-- The masking role of the server, as the first deployment makes it.
SET ROLE deployer;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rowgate_masking') THEN CREATE ROLE rowgate_masking; END IF;
END $$;
