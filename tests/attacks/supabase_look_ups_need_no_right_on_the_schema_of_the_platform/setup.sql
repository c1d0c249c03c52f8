CREATE ROLE {platform};
CREATE ROLE {visitor};
CREATE SCHEMA auth AUTHORIZATION {platform};
SET ROLE {platform};
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
GRANT USAGE ON SCHEMA auth TO {app}, {visitor}, deployer;
RESET ROLE;
