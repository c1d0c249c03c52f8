CREATE SCHEMA app;
CREATE FUNCTION app.me() RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
REVOKE EXECUTE ON FUNCTION app.me() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.me() TO {app}, deployer;
GRANT USAGE ON SCHEMA app TO {app}, deployer;
ALTER DEFAULT PRIVILEGES FOR ROLE deployer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
