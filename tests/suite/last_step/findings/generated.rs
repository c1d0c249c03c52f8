//! What is found on masking views, guards and in the schemas of what is generated, and what the roles that read for the application may do.

use super::Finding;

pub(super) fn findings() -> Vec<Finding> {
    let new = Finding::default;
    vec![
        Finding {
            name: "a view of the lookup role",
            after: "CREATE VIEW shown AS SELECT * FROM bans; ALTER VIEW shown OWNER TO \"@_lookup\"; GRANT SELECT ON shown TO \"@\"",
            told: "public.shown: there is a way around the policies: @ can use it, a view without security_invoker",
            ..new()
        },
        Finding {
            name: "a rule on a masking view",
            after: "CREATE RULE more AS ON INSERT TO masked.notes DO INSTEAD DELETE FROM items",
            told: "masked.notes: the rule more rewrites its statements",
            ..new()
        },
        Finding {
            name: "a trigger on a masking view",
            after: "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER instead INSTEAD OF UPDATE ON masked.notes FOR EACH ROW EXECUTE FUNCTION f()",
            told: "masked.notes: the trigger instead is not of these rules",
            ..new()
        },
        Finding {
            name: "rights to write a masking view",
            after: "CREATE ROLE \"@_other\"; GRANT INSERT, DELETE ON masked.notes TO \"@\"; GRANT UPDATE (id) ON masked.notes TO PUBLIC; GRANT SELECT (id) ON masked.notes TO \"@_other\"",
            told: "masked.notes: more is granted than the rules allow: PUBLIC holds UPDATE (id); close it: REVOKE UPDATE (id) ON masked.notes FROM PUBLIC
masked.notes: more is granted than the rules allow: @ holds DELETE, INSERT; close it: REVOKE DELETE, INSERT ON masked.notes FROM @
masked.notes: more is granted than the rules allow: @_other holds SELECT (id); close it: REVOKE SELECT (id) ON masked.notes FROM @_other",
            accepted: "accepted: { views: { masked.notes: reports write it } }",
            ..new()
        },
        Finding {
            name: "rights to write of the masking role",
            after: "GRANT UPDATE, SELECT ON notes TO \"@_masking\"; GRANT DELETE ON log TO \"@_lookup\"",
            told: "public.notes: more is granted than the rules allow: @_masking holds UPDATE",
            ..new()
        },
        Finding {
            name: "a masking view of another owner",
            after: "ALTER VIEW masked.notes OWNER TO postgres",
            told: "masked.notes: the masking view of these rules belongs to postgres; close it: ALTER VIEW masked.notes OWNER TO @_masking",
            ..new()
        },
        Finding {
            name: "a masking view without its barrier",
            after: "ALTER VIEW masked.notes RESET (security_barrier)",
            told: "masked.notes: the masking view of these rules has lost its security_barrier",
            ..new()
        },
        Finding {
            name: "a view among the masking views",
            after: "CREATE VIEW masked.people AS SELECT 1 AS id; CREATE TABLE rowgate.t (id serial)",
            told: "masked.people: stands among what is generated, and is not of these rules; close it: ALTER VIEW masked.people SET SCHEMA public
rowgate.t: stands",
            accepted: "accepted: { views: { masked.people: shows nothing }, tables: { rowgate.t: empty } }",
            ..new()
        },
        Finding {
            name: "a function among those of these rules",
            after: "CREATE FUNCTION guard.has_role(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$; CREATE PROCEDURE rowgate.p() LANGUAGE sql AS $$ SELECT 1 $$",
            told: "guard.has_role(text,text): stands among what is generated, and is not of these rules; close it: ALTER ROUTINE guard.has_role(text,text) SET SCHEMA public",
            accepted: "accepted: { functions: { \"guard.has_role(text, text)\": an old name, rowgate.p(): nothing } }",
            ..new()
        },
        Finding {
            name: "a guard with another body",
            after: "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('guard.require_access_to_items(text, integer)'::regprocedure), 'NOT TRUE', 'TRUE'); END $$",
            told: "guard.require_access_to_items(text, integer): the function of these rules has another body",
            settled: "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('guard.require_access_to_items(text, integer)'::regprocedure), 'IS TRUE', 'IS NOT TRUE'); END $$",
            ..new()
        },
        Finding {
            name: "a guard of fields with another body",
            after: "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('guard.can_update_items(text[], integer)'::regprocedure), 'RETURN EXISTS', 'RETURN true OR EXISTS'); END $$",
            told: "guard.can_update_items(text[], integer): the function of these rules has another body",
            settled: "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('guard.can_update_items(text[], integer)'::regprocedure), 'true OR ', ''); END $$",
            ..new()
        },
        Finding {
            name: "a look-up of a guard with another body",
            after: "DO $$ BEGIN EXECUTE (SELECT replace(pg_get_functiondef(oid), 'step.d IS TRUE', 'step.d IS NULL') FROM pg_proc WHERE proname LIKE 'permissions\\_of\\_items\\_%'); END $$",
            told: "): the function of these rules has another body",
            settled: "DO $$ BEGIN EXECUTE (SELECT replace(pg_get_functiondef(oid), 'step.d IS NULL', 'step.d IS TRUE') FROM pg_proc WHERE proname LIKE 'permissions\\_of\\_items\\_%'); END $$",
            ..new()
        },
    ]
}
