CREATE SCHEMA identity_of_others;
CREATE FUNCTION identity_of_others.me() RETURNS integer LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$;
GRANT USAGE ON SCHEMA identity_of_others TO deployer;
