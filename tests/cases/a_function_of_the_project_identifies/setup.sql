CREATE SCHEMA app;
CREATE FUNCTION app.current_user_id() RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT nullif(current_setting('my.login', true), '')::integer
$$;
CREATE SCHEMA tokens;
CREATE FUNCTION tokens.claims() RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT '{"scope": "notes", "rank": "chief"}'::jsonb
$$;
GRANT USAGE ON SCHEMA tokens TO PUBLIC;
GRANT USAGE ON SCHEMA tokens TO deployer WITH GRANT OPTION;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
