CREATE SCHEMA app;
CREATE FUNCTION app.claims() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.token', true), '')::jsonb $$;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
