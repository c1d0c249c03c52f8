-- deployer: deploy
--
-- A server of one's own with PostgREST in front of it. Who deploys may make roles and bypasses nothing; another department's tables are in the same database.
CREATE ROLE deploy LOGIN CREATEROLE;
CREATE ROLE web_anon NOLOGIN;
CREATE ROLE web_user NOLOGIN;
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT web_anon, web_user TO authenticator;
GRANT web_anon, web_user TO deploy WITH ADMIN OPTION;
CREATE SCHEMA api AUTHORIZATION deploy;
GRANT USAGE ON SCHEMA api TO web_anon, web_user;

-- Personnel belongs to somebody else, who shows it to whoever deploys, row by row or as a whole.
CREATE ROLE personnel NOLOGIN;
CREATE SCHEMA personnel AUTHORIZATION personnel;
SET ROLE personnel;
CREATE TABLE personnel.people (id uuid PRIMARY KEY, name text, left_on date, salary numeric(10, 2));
ALTER TABLE personnel.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY for_whoever_deploys ON personnel.people FOR SELECT TO deploy USING (true);
GRANT USAGE ON SCHEMA personnel TO deploy;
GRANT SELECT (id, name, left_on), REFERENCES ON personnel.people TO deploy;
RESET ROLE;
