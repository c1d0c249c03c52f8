//! What is done to a database after rules were applied, each with what is told of it; and what nobody has to be told of.

/// Who does it, what is done, and what is told of it; nothing where it cannot be undone by a statement.
pub const TAMPERING: &[(&str, &str)] = &[
    (
        "CREATE FUNCTION as_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "function public.as_owner() was added",
    ),
    ("CREATE PROCEDURE as_owner() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "function public.as_owner() was added"),
    ("ALTER POLICY rowgate_read_record_user ON docs USING (true)", "policy rowgate_read_record_user on public.docs was altered"),
    ("ALTER POLICY rowgate_read_record_user ON docs TO PUBLIC", "policy rowgate_read_record_user on public.docs was altered"),
    ("DROP POLICY rowgate_delete_record_user ON docs", "policy rowgate_delete_record_user on public.docs is gone"),
    ("CREATE POLICY open ON docs USING (true)", "policy open on public.docs was added"),
    ("CREATE POLICY narrow ON docs AS RESTRICTIVE USING (false)", "policy narrow on public.docs was added"),
    ("ALTER POLICY rowgate_delete_record_user ON docs RENAME TO other", "policy other on public.docs was added"),
    ("ALTER POLICY rowgate_lookup ON members USING (id < 3)", "policy rowgate_lookup on public.members was altered"),
    ("ALTER TABLE docs DISABLE ROW LEVEL SECURITY", "table public.docs was altered"),
    ("ALTER TABLE billing DISABLE ROW LEVEL SECURITY", "table public.billing was altered"),
    ("ALTER TABLE docs NO FORCE ROW LEVEL SECURITY", "table public.docs was altered"),
    ("GRANT SELECT ON billing TO record_user", "right of record_user to SELECT public.billing was added"),
    (
        "GRANT SELECT (amount) ON billing TO record_user",
        "right of record_user to SELECT column amount of public.billing was added",
    ),
    ("GRANT UPDATE ON docs TO record_user", "right of record_user to UPDATE public.docs was added"),
    ("GRANT SELECT ON members TO record_lookup", "right of record_lookup to SELECT public.members was added"),
    ("GRANT TRUNCATE ON docs TO record_user", "right of record_user to TRUNCATE public.docs was added"),
    ("GRANT SELECT ON docs TO PUBLIC", "right of PUBLIC to SELECT public.docs was added"),
    ("GRANT DELETE ON docs TO record_user WITH GRANT OPTION", "right of record_user to DELETE public.docs was altered"),
    ("GRANT UPDATE (owner_id) ON docs TO record_user", "right of record_user to UPDATE column owner_id of public.docs was added"),
    ("REVOKE DELETE ON docs FROM tampering_user", "right of record_user to DELETE public.docs is gone"),
    (
        "REVOKE SELECT (user_id) ON members FROM record_lookup",
        "right of record_lookup to SELECT column user_id of public.members is gone",
    ),
    ("GRANT SELECT ON rowgate.fact TO record_user", "right of record_user to SELECT rowgate.fact was added"),
    ("GRANT USAGE ON SCHEMA rowgate TO record_user", "right of record_user to USAGE schema rowgate was added"),
    ("GRANT CREATE ON SCHEMA rowgate TO record_lookup", "right of record_lookup to CREATE schema rowgate was added"),
    ("GRANT CREATE ON SCHEMA public TO record_user", "right of record_user to CREATE schema public was added"),
    (
        "GRANT EXECUTE ON FUNCTION rowgate.facts(boolean) TO PUBLIC",
        "right of PUBLIC to EXECUTE function rowgate.facts(boolean) was added",
    ),
    (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO record_user",
        "default privilege SELECT on tables of deployer in public to record_user was added",
    ),
    ("ALTER TABLE docs DISABLE TRIGGER \"!rowgate_update\"", "trigger \"!rowgate_update\" on public.docs was altered"),
    ("ALTER TABLE docs ENABLE TRIGGER \"!rowgate_update\"", "trigger \"!rowgate_update\" on public.docs was altered"),
    ("DROP TRIGGER \"!rowgate_update\" ON docs", "trigger \"!rowgate_update\" on public.docs is gone"),
    (
        "CREATE TRIGGER own BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "trigger own on public.docs was added",
    ),
    ("CREATE RULE own AS ON DELETE TO docs DO INSTEAD NOTHING", "rewrite rule own on public.docs was added"),
    ("CREATE VIEW around AS SELECT * FROM docs", "view public.around was added"),
    ("CREATE MATERIALIZED VIEW around AS SELECT * FROM docs", "view public.around was added"),
    ("CREATE TABLE child () INHERITS (docs)", "child public.child of public.docs was added"),
    ("ALTER FUNCTION rowgate.facts(boolean) SECURITY DEFINER", "function rowgate.facts(boolean) was altered"),
    ("CREATE PROCEDURE rowgate.own() LANGUAGE sql AS 'SELECT 1'", "function rowgate.own() was added"),
    ("CREATE FUNCTION rowgate.own() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function rowgate.own() was added"),
    ("CREATE TABLE rowgate.own ()", "right of"),
    (
        "ALTER TABLE members DROP CONSTRAINT members_user_id_fkey",
        "foreign key (user_id) of public.members to public.users (id) is gone",
    ),
    (
        "ALTER TABLE members DROP CONSTRAINT members_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE",
        "foreign key (user_id) of public.members to public.users (id) was altered",
    ),
    (
        "CREATE TABLE follows (d integer REFERENCES docs ON DELETE SET NULL)",
        "foreign key (d) of public.follows to public.docs (id) was added",
    ),
    ("CREATE OR REPLACE VIEW seen AS SELECT id FROM docs WHERE id > 0", "view public.seen was altered"),
    ("ALTER VIEW seen SET (security_barrier = true)", "view public.seen was altered"),
    ("ALTER FUNCTION tidy() SECURITY DEFINER", "function public.tidy() was altered"),
    (
        "CREATE FUNCTION is_fine(integer) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT true';
         ALTER TABLE teams_of_others ADD CHECK (is_fine(id))",
        "function public.is_fine(integer) was added",
    ),
    (
        "CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER fires AFTER INSERT ON docs EXECUTE FUNCTION fires()",
        "function public.fires() was added",
    ),
];

/// The same by a superuser: roles, owners, settings.
pub const BY_SUPERUSER: &[(&str, &str)] = &[
    (
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing; CREATE FOREIGN TABLE faraway () INHERITS (docs) SERVER nowhere",
        "child public.faraway of public.docs was added",
    ),
    ("ALTER VIEW record_masked.people RESET (security_barrier)", "view record_masked.people was altered"),
    ("ALTER VIEW record_masked.people SET (security_invoker = true)", "view record_masked.people was altered"),
    ("DROP VIEW record_masked.people", "view record_masked.people is gone"),
    ("GRANT INSERT ON record_masked.people TO record_user", "right of record_user to INSERT record_masked.people was added"),
    ("ALTER ROLE record_user BYPASSRLS", "role record_user was altered"),
    ("ALTER ROLE record_user SUPERUSER", "role record_user was altered"),
    ("ALTER ROLE record_user CREATEROLE", "role record_user was altered"),
    ("ALTER ROLE record_lookup BYPASSRLS", "role record_lookup was altered"),
    ("ALTER ROLE record_lookup LOGIN", "role record_lookup was altered"),
    ("ALTER ROLE record_user LOGIN", "role record_user was altered"),
    ("GRANT record_owner TO record_report", "membership of record_report in record_owner was added"),
    ("GRANT record_owners TO record_report", "membership of record_report in record_owners was added"),
    ("ALTER ROLE record_owner BYPASSRLS", "BYPASSRLS of record_owner was added"),
    ("ALTER ROLE record_owner SUPERUSER", "SUPERUSER of record_owner was added"),
    ("ALTER SEQUENCE numbers OWNED BY NONE; ALTER SEQUENCE numbers OWNER TO record_user", "sequence public.numbers was altered"),
    (
        "CREATE FUNCTION evil(text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; CREATE CAST (text AS bigint) WITH FUNCTION evil(text)",
        "cast text AS bigint was added",
    ),
    (
        "CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'",
        "function public.peek(text) was added",
    ),
    (
        "CREATE FUNCTION hidden() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; ALTER EXTENSION plpgsql ADD FUNCTION hidden()",
        "function public.hidden() was added",
    ),
    (
        "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO record_user",
        "right of record_user to EXECUTE function pg_read_file(text) was added",
    ),
    ("GRANT EXECUTE ON FUNCTION lo_import(text) TO PUBLIC", "right of PUBLIC to EXECUTE function lo_import(text) was added"),
    ("GRANT SELECT ON pg_statistic TO record_web", "right of record_web to SELECT pg_statistic was added"),
    (
        "GRANT SELECT (rolpassword) ON pg_authid TO record_user",
        "right of record_user to SELECT column rolpassword of pg_authid was added",
    ),
    (
        "CREATE FUNCTION looks() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER record_looks ON ddl_command_end EXECUTE FUNCTION looks()",
        "event trigger record_looks was added",
    ),
    ("ALTER EVENT TRIGGER record_there ENABLE ALWAYS", "event trigger record_there was altered"),
    ("ALTER DATABASE @database@ OWNER TO record_web", "this database was altered"),
    ("GRANT pg_read_all_data TO record_user", "membership of record_user in pg_read_all_data was added"),
    ("GRANT record_lookup TO record_user", "membership of record_user in record_lookup was added"),
    (
        "ALTER ROLE record_user SET session_replication_role = replica",
        "setting session_replication_role of record_user was added",
    ),
    ("ALTER ROLE record_user SET row_security = off", "setting row_security of record_user was added"),
    (
        "GRANT SET ON PARAMETER session_replication_role TO record_user",
        "right of record_user to SET setting session_replication_role was added",
    ),
    ("GRANT record_auditor TO record_web", "membership of record_web in record_auditor was added"),
    ("GRANT record_auditor TO record_user", "membership of record_user in record_auditor was added"),
    ("GRANT record_user TO record_team", "membership of record_team in record_user was added"),
    ("GRANT record_web TO record_job", "membership of record_job in record_web was added"),
    ("GRANT record_user TO record_web WITH ADMIN OPTION", "ADMIN option of record_web for record_user was added"),
    ("GRANT pg_write_all_data TO record_web", "membership of record_web in pg_write_all_data was added"),
    // Nothing that is told in other databases of the server as well: their tests run at the same time.
    ("ALTER ROLE record_web BYPASSRLS", "BYPASSRLS of record_web was added"),
    ("ALTER ROLE record_web SUPERUSER", "SUPERUSER of record_web was added"),
    ("ALTER ROLE record_web REPLICATION", "REPLICATION of record_web was added"),
    ("ALTER ROLE record_report BYPASSRLS", "BYPASSRLS of record_report was added"),
    ("ALTER ROLE record_web SET app.user_id = '1'", "setting app.user_id of record_web was added"),
    ("ALTER ROLE record_web SET \"App\".\"User_ID\" = '1'", "setting App.User_ID of record_web was added"),
    ("ALTER ROLE record_user SET app.user_id = '1'", "setting app.user_id of record_user was added"),
    ("ALTER DATABASE @database@ SET app.user_id = '1'", "setting app.user_id of everybody in this database was added"),
    (
        "ALTER ROLE record_web IN DATABASE @database@ SET role = record_auditor",
        "setting role of record_web in this database was added",
    ),
    ("ALTER ROLE record_web SET session_replication_role = replica", "setting session_replication_role of record_web was added"),
    ("ALTER TABLE docs OWNER TO postgres", "table public.docs was altered"),
    ("ALTER SCHEMA rowgate OWNER TO postgres", "schema rowgate was altered"),
    ("ALTER VIEW record_masked.people OWNER TO postgres", "view record_masked.people was altered"),
];

/// Who uses the application, and who has to do with its tables otherwise.
pub const AROUND: &str = "DO $$ BEGIN IF to_regrole('record_web') IS NULL THEN
    CREATE ROLE record_web LOGIN; CREATE ROLE record_job LOGIN; CREATE ROLE record_report LOGIN; CREATE ROLE record_team;
    CREATE ROLE record_owner; CREATE ROLE record_owners ROLE record_job; GRANT record_owner TO record_owners;
  END IF; END $$;
  GRANT record_user TO record_web; GRANT SELECT ON docs TO record_report; ALTER TABLE teams OWNER TO record_owner;
  CREATE SEQUENCE numbers; ALTER SEQUENCE numbers OWNER TO deployer; ALTER SEQUENCE numbers OWNED BY docs.id; GRANT USAGE ON SEQUENCE numbers TO record_user;
  ALTER TABLE docs ALTER id SET DEFAULT nextval('numbers'); CREATE TABLE teams_of_others (id integer); ALTER TABLE teams_of_others OWNER TO deployer;
  CREATE VIEW seen AS SELECT id FROM docs; ALTER VIEW seen OWNER TO deployer;
  CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; ALTER FUNCTION tidy() OWNER TO deployer;
  CREATE TRIGGER tidy BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION tidy();
  CREATE FUNCTION is_there() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER record_there ON ddl_command_end EXECUTE FUNCTION is_there()";

/// What is no part of the tables any more, and would be in the way of the next one.
pub const LEAVINGS: &str = "DROP TABLE IF EXISTS child, part, follows; DROP ROUTINE IF EXISTS as_owner(); DROP FOREIGN DATA WRAPPER IF EXISTS nothing CASCADE";

/// What means nothing for the rules.
pub const INNOCENT: &[&str] = &[
    "CREATE FUNCTION as_caller() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION of_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION of_owner() FROM PUBLIC",
    "ANALYZE",
    "COMMENT ON TABLE docs IS 'documents'",
    "CREATE INDEX ON docs (owner_id)",
    "ALTER TABLE docs ALTER COLUMN title SET DEFAULT ''",
    "CREATE TABLE other (id integer)",
    "ALTER DATABASE @database@ SET app.user_id = ''",
    "ALTER DATABASE @database@ SET app.other = 'x'",
    "INSERT INTO users VALUES (7, 'Ann')",
    "ALTER DATABASE @database@ SET search_path = public, pg_catalog",
    "ALTER DATABASE @database@ SET quote_all_identifiers = on",
    "ALTER DATABASE @database@ SET timezone = 'Asia/Tokyo'",
    "ALTER DATABASE @database@ SET DateStyle = 'German'",
    "ALTER TABLE docs ADD COLUMN unknown text",
    "VACUUM docs",
    "CREATE TABLE beside (id integer REFERENCES users)",
    "ALTER TABLE members RENAME CONSTRAINT members_user_id_fkey TO renamed",
    "ALTER TABLE members ALTER CONSTRAINT renamed DEFERRABLE INITIALLY DEFERRED",
    "CREATE VIEW as_asked WITH (security_invoker = true) AS SELECT * FROM docs; GRANT SELECT ON as_asked TO record_user",
    "CREATE EXTENSION citext",
    "ALTER FUNCTION tidy() COST 10",
    "CREATE FUNCTION unused(text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; GRANT EXECUTE ON FUNCTION unused(text) TO record_user",
    "GRANT record_job TO record_team",
];
