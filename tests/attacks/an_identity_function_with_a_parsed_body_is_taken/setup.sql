CREATE SCHEMA app;
CREATE FUNCTION app.me() RETURNS integer LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT nullif(current_setting('app.user_id', true), '')::integer; END;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
