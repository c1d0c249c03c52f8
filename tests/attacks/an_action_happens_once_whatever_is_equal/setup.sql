CREATE SCHEMA app;
CREATE FUNCTION app.me() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog
  AS $$ SELECT nullif(current_user::text, '{visitor}') $$;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
CREATE ROLE {visitor} NOLOGIN;
CREATE ROLE {guest} LOGIN IN ROLE {visitor};
