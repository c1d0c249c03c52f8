//! What the last step fails for.

mod elsewhere;
mod generated;

use libtest_mimic::Trial;

use super::{Place, alone, compiled, foreseen, script};
use crate::trial;

/// Something that lets somebody do more than the rules say.
#[derive(Default)]
struct Finding {
    /// For the trial and, shortened, the roles.
    name: &'static str,
    /// What was there before rowgate.
    before: &'static str,
    /// What came after it was applied; then the last step is asked again as the next migration would.
    after: &'static str,
    /// A part of the line that names it.
    told: &'static str,
    /// Configuration that accepts it, where that is possible.
    accepted: &'static str,
    /// Part of the configuration, and what stands there instead.
    config: (&'static str, &'static str),
    /// Part of the script, and what stands there instead.
    written: (&'static str, &'static str),
    /// Whether a statement closes it; else `settled` does.
    settled: &'static str,
    /// Server versions that have it.
    versions: Option<std::ops::Range<i32>>,
}

const PUBLIC: &str = "GRANT USAGE ON SCHEMA public TO PUBLIC;";

fn findings() -> Vec<Finding> {
    let new = Finding::default;
    vec![
        Finding {
            name: "a permissive policy of somebody else",
            before: "ALTER TABLE items ENABLE ROW LEVEL SECURITY; CREATE POLICY old_everyone ON items USING (true)",
            told: "public.items: the policy old_everyone is not of these rules, and adds rows for PUBLIC",
            accepted: "accepted: { policies: { items: { old_everyone: moving } } }",
            ..new()
        },
        Finding {
            name: "a restrictive policy that look-ups are held to",
            before: "CREATE POLICY tenant ON bans AS RESTRICTIVE USING (false)",
            told: "public.bans: the policy tenant is not of these rules, and takes rows away",
            ..new()
        },
        Finding {
            name: "a policy for the lookup role",
            after: "CREATE POLICY narrow ON bans AS RESTRICTIVE TO \"@_lookup\" USING (false)",
            told: "the policy narrow is not of these rules, and takes rows away, from look-ups too, for @_lookup",
            ..new()
        },
        Finding {
            name: "a policy on a closed table for a role that an application role inherits",
            before: "CREATE ROLE \"@_team\"; CREATE ROLE \"@\" IN ROLE \"@_team\"; CREATE POLICY team ON users TO \"@_team\" USING (true)",
            told: "public.users: the policy team is not of these rules",
            ..new()
        },
        Finding {
            name: "a policy on the record of changes",
            after: "CREATE POLICY audit_all ON log FOR DELETE USING (true)",
            told: "public.log: the policy audit_all is not of these rules",
            ..new()
        },
        Finding {
            name: "one of the rules' policies for everybody",
            after: "ALTER POLICY \"rowgate_read_@\" ON items TO PUBLIC",
            told: "public.items: the policy rowgate_read_@ of these rules is for other roles",
            ..new()
        },
        Finding {
            name: "one of the rules' policies for every command",
            after: "DROP POLICY \"rowgate_read_@\" ON items; CREATE POLICY \"rowgate_read_@\" ON items TO \"@\" USING (true)",
            told: "the policy rowgate_read_@ of these rules is for another command",
            settled: "CREATE POLICY \"rowgate_read_@\" ON items FOR SELECT TO \"@\" USING (true)",
            ..new()
        },
        Finding {
            name: "a lookup policy that is gone",
            after: "DROP POLICY rowgate_lookup ON bans",
            told: "public.bans: the policy rowgate_lookup of these rules is missing",
            settled: "CREATE POLICY rowgate_lookup ON bans FOR SELECT TO \"@_lookup\" USING (true)",
            ..new()
        },
        Finding {
            name: "a rewrite rule",
            before: "CREATE RULE \"never mind\" AS ON INSERT TO log DO INSTEAD NOTHING",
            told: "public.log: the rule \"never mind\" rewrites its statements",
            ..new()
        },
        Finding {
            name: "row level security that is off",
            after: "ALTER TABLE items DISABLE ROW LEVEL SECURITY",
            told: "public.items: row-level security is not enabled and forced",
            ..new()
        },
        Finding {
            name: "row level security that the owner is free of",
            after: "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
            told: "public.users: row-level security is not enabled and forced",
            ..new()
        },
        Finding {
            name: "a trigger that is disabled",
            after: "ALTER TABLE items DISABLE TRIGGER \"~rowgate_audit_update\"",
            told: "public.items: the trigger \"~rowgate_audit_update\" of these rules is disabled",
            ..new()
        },
        Finding {
            name: "a trigger that is gone",
            after: "DROP TRIGGER \"~rowgate_audit_insert\" ON items",
            told: "public.items: the trigger \"~rowgate_audit_insert\" of these rules is missing",
            settled: "CREATE TRIGGER \"~rowgate_audit_insert\" AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            ..new()
        },
        Finding {
            name: "a trigger that is disabled on a partition",
            before: "SET ROLE deployer; DROP TABLE bans, items; CREATE TABLE items (id integer, user_id integer, name text, price integer)
              PARTITION BY LIST (id); CREATE TABLE bans (id integer, item_id integer, user_id integer);
              CREATE TABLE part PARTITION OF items FOR VALUES IN (1) PARTITION BY LIST (price);
              CREATE TABLE leaf PARTITION OF part FOR VALUES IN (1)",
            after: "ALTER TABLE leaf DISABLE TRIGGER ALL",
            told: "public.leaf: the trigger \"~rowgate_audit_insert\" of these rules is disabled",
            ..new()
        },
        Finding {
            name: "a child of a table with triggers",
            before: "SET ROLE deployer; CREATE TABLE archive () INHERITS (items)",
            told: "public.archive: inherits from public.items, whose triggers do not fire for its rows",
            ..new()
        },
        Finding {
            name: "a trigger on the record of changes",
            before: "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
              CREATE TRIGGER forget BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION forget()",
            told: "public.log: the trigger forget is not of these rules",
            ..new()
        },
        Finding {
            name: "what a login kept from before",
            before: "CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\"; GRANT ALL ON ALL TABLES IN SCHEMA public TO \"@_login\"",
            told: "more is granted than the rules allow: @_login holds DELETE, REFERENCES, TRIGGER, TRUNCATE, UPDATE and can act as @; close it: \
                   REVOKE DELETE, REFERENCES, TRIGGER, TRUNCATE, UPDATE ON public.items FROM @_login",
            versions: Some(0..170_000),
            ..new()
        },
        Finding {
            name: "the right to maintain",
            before: "CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\"; GRANT MAINTAIN ON items TO \"@_login\"",
            told: "more is granted than the rules allow: @_login holds MAINTAIN",
            versions: Some(170_000..1_000_000),
            ..new()
        },
        Finding {
            name: "what a group of a login that switches holds",
            before: "CREATE ROLE \"@_group\"; CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN NOINHERIT IN ROLE \"@\", \"@_group\";
              GRANT UPDATE (user_id) ON items TO \"@_group\"",
            told: "public.items: more is granted than the rules allow: @_group holds UPDATE (user_id)",
            ..new()
        },
        Finding {
            name: "what somebody with the grant option granted to everybody",
            before: "CREATE ROLE \"@_granter\"; GRANT INSERT (id) ON users TO \"@_granter\" WITH GRANT OPTION; SET ROLE \"@_granter\";
              GRANT INSERT (id) ON users TO PUBLIC",
            told: "public.users: more is granted than the rules allow: PUBLIC holds INSERT (id); close it: SET ROLE @_granter; REVOKE",
            ..new()
        },
        Finding {
            name: "a whole table where the rules name columns",
            after: "GRANT SELECT ON items TO \"@_lead\"",
            told: "@_lead holds SELECT; close it: REVOKE SELECT ON public.items FROM @_lead; GRANT SELECT (id, name) ON public.items TO @_lead",
            ..new()
        },
        Finding {
            name: "the right to set a sequence back",
            before: "SET ROLE deployer; CREATE SEQUENCE counter OWNED BY items.id; RESET ROLE; CREATE ROLE \"@\";
              GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO \"@\"",
            told: "public.counter: more is granted than the rules allow: @ holds SELECT, UPDATE",
            ..new()
        },
        Finding {
            name: "an application role that bypasses",
            before: "CREATE ROLE \"@\" BYPASSRLS",
            told: "@: can bypass row-level security; where that is meant, leave the role out of rowgate.yaml, and its grants stay",
            ..new()
        },
        Finding {
            name: "an application role that is a superuser",
            before: "CREATE ROLE \"@\" SUPERUSER",
            told: "@: can bypass row-level security, as superusers do",
            ..new()
        },
        Finding {
            name: "an application role that replicates",
            before: "CREATE ROLE \"@\" REPLICATION",
            told: "@: can read every change of every table by replication",
            ..new()
        },
        Finding {
            name: "a login that makes roles",
            before: "CREATE ROLE \"@_login\" LOGIN CREATEROLE",
            told: "@_login: can act as every role, also as that of the look-ups",
            accepted: "accepted: { logins: { \"@_login\": the operators } }",
            versions: Some(0..160_000),
            ..new()
        },
        Finding {
            name: "a member of the lookup role",
            after: "GRANT \"@_lookup\" TO \"@\"",
            told: "@: can act as @_lookup, which reads what no application role may",
            ..new()
        },
        Finding {
            name: "a member of the masking role that does not inherit",
            after: "CREATE ROLE \"@_login\" LOGIN NOINHERIT IN ROLE \"@\", \"@_masking\"",
            told: "@_login: can act as @_masking, which reads what no application role may",
            ..new()
        },
        Finding {
            name: "a right to grant that a role can use for itself",
            after: "GRANT \"@_lookup\" TO \"@\" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            told: "@: can act as @_lookup, which reads what no application role may",
            versions: Some(160_000..1_000_000),
            ..new()
        },
        Finding {
            name: "a member of the owner",
            before: "CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\", deployer",
            told: "@_login: can act as deployer, which owns the tables or deploys",
            ..new()
        },
        Finding {
            name: "a member of a role that bypasses",
            before: "CREATE ROLE \"@_free\" BYPASSRLS; CREATE ROLE \"@\" IN ROLE \"@_free\"",
            told: "@: can act as @_free, which bypasses row-level security",
            accepted: "accepted: { logins: { \"@\": the platform's } }",
            ..new()
        },
        Finding {
            name: "a reader of all data",
            before: "CREATE ROLE \"@\" IN ROLE pg_read_all_data",
            told: "@: can act as pg_read_all_data, which holds this on every table",
            ..new()
        },
        Finding {
            name: "a reader of the server's files",
            before: "CREATE ROLE \"@_files\" IN ROLE pg_read_server_files; CREATE ROLE \"@\" IN ROLE \"@_files\"",
            told: "@_files: can act as pg_read_server_files, which reaches the files of the server",
            ..new()
        },
        Finding {
            name: "an application role that owns a table",
            before: "CREATE ROLE \"@_lead\"; ALTER TABLE users OWNER TO \"@_lead\"; GRANT \"@_lead\" TO deployer",
            told: "public.users: belongs to @_lead, a role of the application",
            // The deployer could not change the table without.
            settled: "REVOKE \"@_lead\" FROM deployer",
            ..new()
        },
        Finding {
            name: "a login that can act as two roles",
            before: "CREATE ROLE \"@\"; CREATE ROLE \"@_lead\"; CREATE ROLE \"@_both\" NOINHERIT IN ROLE \"@\", \"@_lead\";
              CREATE ROLE \"@_login\" LOGIN IN ROLE \"@_both\"",
            told: "@_both: can act as @, @_lead: the rows of one could be had with the fields or steps of another",
            accepted: "accepted: { logins: { \"@_both\": its clients write no SQL, \"@_login\": the same } }",
            ..new()
        },
        Finding {
            name: "a view that reads as its owner",
            before: "CREATE VIEW inner_one WITH (security_invoker = true) AS SELECT * FROM items; CREATE VIEW shown AS SELECT * FROM inner_one;
              CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\"; GRANT SELECT (id) ON shown TO \"@_login\"",
            told: "public.shown: there is a way around the policies: @_login can use it, a view without security_invoker",
            accepted: "accepted: { views: { shown: numbers only } }",
            ..new()
        },
        Finding {
            name: "a materialized view",
            before: "CREATE SCHEMA reports; CREATE MATERIALIZED VIEW reports.shown AS SELECT * FROM items; GRANT SELECT ON reports.shown TO PUBLIC",
            told: "reports.shown: there is a way around the policies: PUBLIC can use it, a materialized view",
            accepted: "accepted: { views: { reports.shown: numbers only } }",
            ..new()
        },
        Finding {
            name: "a parent",
            before: "SET ROLE deployer; CREATE TABLE above (id integer NOT NULL); ALTER TABLE notes INHERIT above; GRANT SELECT ON above TO PUBLIC",
            told: "public.above: there is a way around the policies: PUBLIC can use it, a parent",
            ..new()
        },
        Finding {
            name: "a partition that is open",
            before: "SET ROLE deployer; DROP TABLE notes; CREATE TABLE notes (id integer, text text, secret boolean) PARTITION BY LIST (id);
              CREATE TABLE part PARTITION OF notes FOR VALUES IN (1); GRANT UPDATE ON part TO PUBLIC",
            told: "public.part: there is a way around the policies: PUBLIC can use it, a partition or child",
            ..new()
        },
        Finding {
            name: "a table that the schema file does not know",
            before: "CREATE TABLE \"Pay ments\" (id integer); CREATE ROLE \"@\"; GRANT SELECT (id) ON \"Pay ments\" TO \"@\"",
            told: "public.\"Pay ments\": the schema file does not know it, and @ can use it; close it: REVOKE ALL ON public.\"Pay ments\" FROM @",
            accepted: "accepted: { tables: { \"Pay ments\": opening hours } }",
            ..new()
        },
        Finding {
            name: "a table that the application made",
            before: "CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\"; CREATE TABLE jobs (id integer); ALTER TABLE jobs OWNER TO \"@_login\"",
            told: "public.jobs: the schema file does not know it, and @_login can use it; close it: ALTER TABLE public.jobs OWNER TO",
            accepted: "accepted: { tables: { jobs: the queue } }",
            ..new()
        },
        Finding {
            name: "a key that is none",
            after: "ALTER TABLE items DROP CONSTRAINT items_pkey CASCADE; CREATE UNIQUE INDEX ON items (id) WHERE price > 0",
            told: "public.items.id: has no unique index: a record with the value of another one passes for it, and @ may write one; close it: \
                   CREATE UNIQUE INDEX ON public.items (id)",
            ..new()
        },
        Finding {
            name: "a deployer that has the rights of the look-ups for good",
            after: "CREATE ROLE \"@_team\" IN ROLE \"@_lookup\", \"@_masking\"; GRANT \"@_team\" TO deployer",
            told: "@_team: has the rights of @_lookup, whom the policies show everything that is looked up, and so have its SECURITY DEFINER functions \
                   and views; as its members deployer; close it: REVOKE @_lookup FROM @_team",
            accepted: "accepted: { logins: { \"@_team\": nobody else makes functions here } }",
            ..new()
        },
        Finding {
            name: "a deployer that may pass the lookup role on and took it",
            after: "GRANT \"@_lookup\" TO deployer WITH INHERIT TRUE",
            told: "deployer: has the rights of @_lookup, whom the policies show everything that is looked up, and so have its SECURITY DEFINER functions \
                   and views; close it: GRANT @_lookup TO deployer WITH INHERIT FALSE, SET FALSE GRANTED BY ",
            versions: Some(160_000..1_000_000),
            ..new()
        },
        Finding {
            name: "a login of somebody else that can act as the masking role",
            after: "CREATE ROLE \"@_reports\" LOGIN NOINHERIT; GRANT \"@_masking\" TO \"@_reports\"",
            told: "@_reports: can act as @_masking, whom the policies show everything that is looked up; close it: REVOKE @_masking FROM @_reports",
            ..new()
        },
        Finding {
            name: "a function of an accepted deployer that has the rights of the look-ups",
            after: "CREATE ROLE \"@_team\" IN ROLE \"@_lookup\"; GRANT \"@_team\" TO deployer; CREATE FUNCTION bans() RETURNS SETOF bans LANGUAGE sql SECURITY DEFINER
              AS 'SELECT * FROM public.bans'; ALTER FUNCTION bans() OWNER TO deployer",
            told: "public.bans(): runs as deployer, whom no policy holds, and PUBLIC may call it",
            config: ("guards:", "accepted: { logins: { \"@_team\": it is trusted } }\nguards:"),
            settled: "REVOKE \"@_team\" FROM deployer",
            ..new()
        },
        Finding {
            name: "a function that runs as somebody whom no policy holds",
            before: "CREATE FUNCTION all_items(integer, text DEFAULT '') RETURNS SETOF items LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM public.items'",
            told: "public.all_items(integer,text): runs as postgres, whom no policy holds, and PUBLIC may call it",
            accepted: "accepted: { functions: { \"all_items(integer, text)\": the sitemap } }",
            ..new()
        },
        Finding {
            name: "a right on the schema of look-ups",
            after: "GRANT USAGE, CREATE ON SCHEMA rowgate TO \"@\"",
            told: "rowgate: @ holds CREATE, USAGE on the schema",
            ..new()
        },
        Finding {
            name: "a right to make something among masking views",
            after: "CREATE ROLE \"@_other\"; GRANT USAGE, CREATE ON SCHEMA masked TO \"@_other\"",
            told: "masked: @_other holds CREATE on the schema",
            ..new()
        },
        Finding {
            name: "a schema that belongs to the application",
            after: "ALTER SCHEMA public OWNER TO \"@\"",
            told: "public: the schema belongs to @, who can drop what is in it",
            ..new()
        },
        Finding {
            name: "the right to switch triggers off",
            before: "CREATE ROLE \"@\"; GRANT SET ON PARAMETER session_replication_role TO \"@\"",
            told: "@: may set session_replication_role, which switches triggers off",
            ..new()
        },
        Finding {
            name: "a login that begins with triggers switched off",
            before: "CREATE ROLE \"@\"; CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\"; ALTER ROLE \"@_login\" SET session_replication_role = replica",
            told: "@_login: begins its sessions with session_replication_role set",
            ..new()
        },
        Finding {
            name: "a time zone that is not there",
            config: ("identity:", "time_zone: Europe/Vienna\nidentity:"),
            // The compiler knows its zones; the server may know fewer.
            written: ("'Europe/Vienna'", "'Europe/Wien'"),
            told: "'Europe/Wien': there is no such time zone on this server",
            settled: "config",
            ..new()
        },
        Finding {
            name: "a look-up with another body",
            after: "DO $$ DECLARE one regprocedure; BEGIN SELECT oid INTO one FROM pg_proc WHERE proname LIKE 'sees\\_all%';
              EXECUTE replace(pg_get_functiondef(one), 'IF current_user', 'RETURN tables; IF current_user'); END $$",
            told: "the function of these rules has another body",
            settled: "DO $$ DECLARE one regprocedure; BEGIN SELECT oid INTO one FROM pg_proc WHERE proname LIKE 'sees\\_all%';
              EXECUTE replace(pg_get_functiondef(one), 'RETURN tables; IF current_user', 'IF current_user'); END $$",
            ..new()
        },
        Finding {
            name: "a look-up that belongs to somebody else",
            after: "DO $$ BEGIN EXECUTE format('ALTER FUNCTION %s OWNER TO deployer', (SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'sees\\_all%')); END $$",
            told: "the function of these rules belongs to deployer",
            ..new()
        },
        Finding {
            name: "a look-up that everybody may call",
            after: "DO $$ BEGIN EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', (SELECT oid::regprocedure FROM pg_proc
              WHERE pronamespace = (SELECT pronamespace FROM pg_proc WHERE proname LIKE 'sees\\_all%') AND prosecdef AND proacl::text !~ '[{,]=X' LIMIT 1)); END $$",
            told: "the function of these rules may be called by PUBLIC",
            ..new()
        },
        Finding {
            name: "a look-up without its path",
            after: "DO $$ BEGIN EXECUTE format('ALTER FUNCTION %s RESET search_path', (SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'sees\\_all%')); END $$",
            told: "the function of these rules looks names up by another path",
            ..new()
        },
        Finding {
            name: "a privilege that was not granted",
            after: "REVOKE SELECT ON users FROM \"@\"; REVOKE ALL ON items FROM \"@\"",
            told: "public.items: the rules need ",
            ..new()
        },
        Finding {
            name: "a schema that the application may not use",
            after: "REVOKE USAGE ON SCHEMA public FROM PUBLIC, \"@\"",
            told: "public: @ needs USAGE on the schema, and the grant did not take",
            ..new()
        },
        Finding {
            name: "an identity by names of the client",
            before: "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; GRANT USAGE ON SCHEMA app TO deployer WITH GRANT OPTION;
              CREATE FUNCTION app.me() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1'",
            config: ("provider: setting, setting: app.user_id", "provider: function, function: app.me"),
            told: "app.me(): says who is signed in, or what the token claims, by names that a client can redefine",
            accepted: "accepted: { functions: { app.me(): its clients write no SQL } }",
            ..new()
        },
    ]
}

pub fn trials() -> Vec<Trial> {
    let of = |(index, finding): (usize, Finding)| {
        trial(format!("last_step::{}", finding.name.replace(' ', "_")), move || {
            alone(|| is_found(&format!("ls{index}"), &finding))
        })
    };
    findings().into_iter().chain(generated::findings()).chain(elsewhere::findings()).enumerate().map(of).collect()
}

fn is_found(role: &str, finding: &Finding) -> Result<(), String> {
    let mut place = Place::new(role)?;
    if finding.versions.as_ref().is_some_and(|versions| !versions.contains(&place.version().unwrap_or(0))) {
        return Ok(());
    }
    let (from, to) = finding.config;
    let change = |config: &str| if from.is_empty() { config.to_owned() } else { config.replace(from, to) };
    let (project, whole) = (compiled(role, "", change), finding.after.is_empty());
    place.execute(&format!("{PUBLIC}{}", finding.before))?;
    let told = finding.told.replace('@', role);
    let found = foreseen(&mut place, &project)?;
    if whole && finding.written.0.is_empty() && !found.contains(&told) || !whole && finding.before.is_empty() && !found.is_empty()
    {
        return Err(format!("`{told}` was not known before: {found}"));
    }
    if !whole {
        place.apply(&script(&project, true)?)?;
        place.execute(finding.after)?;
    }
    let mut first = script(&project, whole)?;
    if !finding.written.0.is_empty() {
        first = first.replace(finding.written.0, finding.written.1);
    }
    let lines = match place.apply(&first) {
        Err(error) if error.contains(&told) && error.starts_with("the policies would not hold: ") => error,
        other => return Err(format!("expected `{told}`, found {other:?}")),
    };
    if !finding.accepted.is_empty() {
        let accepted = compiled(role, &finding.accepted.replace('@', role), change);
        let script = script(&accepted, whole)?;
        let (all, end) = script.rsplit_once("COMMIT;").ok_or("no end")?;
        place.apply(&format!("{all}ROLLBACK;{end}")).map_err(|error| format!("accepted, and yet: {error}"))?;
    }
    for closing in lines.lines().filter_map(|line| line.split_once("; close it: ")).map(|(_, closing)| closing) {
        place.execute(closing)?;
    }
    if finding.settled == "config" {
        return place.apply(&script(&compiled(role, "", str::to_owned), whole)?);
    }
    place.execute(finding.settled)?;
    place.apply(&script(&project, whole)?).map_err(|error| format!("closed, and yet: {error}"))
}
