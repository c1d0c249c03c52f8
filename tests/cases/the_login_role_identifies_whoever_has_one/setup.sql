DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'people_with_logins') THEN CREATE ROLE people_with_logins NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'login_ann') THEN CREATE ROLE login_ann IN ROLE people_with_logins; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'login_bob') THEN CREATE ROLE login_bob IN ROLE people_with_logins; END IF;
END $$;
