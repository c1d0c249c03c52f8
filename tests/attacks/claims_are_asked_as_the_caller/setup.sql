CREATE SCHEMA app;
CREATE FUNCTION app.claims() RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT jsonb_build_object('who', current_user) $$;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
