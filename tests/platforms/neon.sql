-- deployer: neondb_owner
--
-- What a Neon project has when it is new, as far as it decides about rights. The role that the console makes for its customers bypasses row-level security, so FORCE
-- binds nobody: what runs as this role sees every row.
CREATE ROLE cloud_admin NOLOGIN SUPERUSER;
CREATE ROLE neon_superuser NOLOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
GRANT pg_read_all_data, pg_write_all_data TO neon_superuser;
CREATE ROLE neondb_owner LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS IN ROLE neon_superuser;
GRANT CREATE ON SCHEMA public TO neondb_owner;

-- The roles of the Data API, as Neon's guide has its customers make them.
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE anonymous NOLOGIN;
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT authenticated, anonymous TO authenticator;
GRANT authenticated, anonymous TO neondb_owner WITH ADMIN OPTION;
GRANT USAGE ON SCHEMA public TO authenticated, anonymous;
ALTER DEFAULT PRIVILEGES FOR ROLE neondb_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO authenticated, anonymous;

-- pg_session_jwt, in words that need no extension; it belongs to a superuser.
CREATE SCHEMA auth AUTHORIZATION cloud_admin;
CREATE FUNCTION auth.session() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
CREATE FUNCTION auth.user_id() RETURNS text LANGUAGE sql STABLE AS $$ SELECT auth.session() ->> 'sub' $$;
ALTER FUNCTION auth.session() OWNER TO cloud_admin;
ALTER FUNCTION auth.user_id() OWNER TO cloud_admin;
GRANT USAGE ON SCHEMA auth TO neondb_owner, authenticated, anonymous;

-- Accounts, copied into the database by the platform. There, all but the first column is generated from it.
CREATE SCHEMA neon_auth AUTHORIZATION cloud_admin;
CREATE TABLE neon_auth.users_sync (
  raw_json jsonb NOT NULL DEFAULT '{}', id text PRIMARY KEY, name text, email text, updated_at timestamptz, deleted_at timestamptz
);
ALTER TABLE neon_auth.users_sync OWNER TO cloud_admin;
GRANT USAGE ON SCHEMA neon_auth TO neondb_owner;
GRANT SELECT, REFERENCES ON neon_auth.users_sync TO neondb_owner;
