CREATE SCHEMA app;
CREATE FUNCTION app.me() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog
  AS $$ SELECT nullif(current_user::text, '{app}') $$;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
