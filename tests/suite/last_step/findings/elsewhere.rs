//! Ways around that are none of the project's tables and functions, and lead to them.

use super::Finding;

pub(super) fn findings() -> Vec<Finding> {
    let new = Finding::default;
    vec![
        Finding {
            name: "a cast that makes other values of what rules compare",
            after: "CREATE FUNCTION evil(text) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint'; CREATE CAST (text AS bigint) WITH FUNCTION evil(text)",
            told: "text AS bigint: the cast calls public.evil(text), and what rules compare is what that makes of it; close it: DROP CAST (text AS bigint)",
            accepted: "accepted: { functions: { \"evil(text)\": numbers of old } }",
            ..new()
        },
        Finding {
            name: "a function that sees rows before policies do",
            after: "CREATE FUNCTION peek(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'",
            told: "public.peek(text): is LEAKPROOF, and PUBLIC may call it: it is asked about rows before policies hide them; \
                   close it: ALTER FUNCTION public.peek(text) NOT LEAKPROOF",
            accepted: "accepted: { functions: { \"peek(text)\": it tells nothing } }",
            ..new()
        },
        Finding {
            name: "files of the server",
            after: "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO \"@\"",
            told: "pg_read_file(text): @ may EXECUTE it, which the server keeps from others: no policy is asked; \
                   close it: REVOKE EXECUTE ON ROUTINE pg_read_file(text) FROM @",
            ..new()
        },
        Finding {
            name: "statistics of what is in the tables",
            after: "GRANT SELECT ON pg_statistic TO PUBLIC",
            told: "pg_statistic: PUBLIC may SELECT it, which the server keeps from others",
            ..new()
        },
        Finding {
            name: "a sequence of an application role",
            after: "CREATE SEQUENCE numbers; ALTER TABLE items ALTER id SET DEFAULT nextval('numbers'); ALTER SEQUENCE numbers OWNER TO \"@\"",
            told: "public.numbers: belongs to @, a role of the application, which can say which numbers come next; close it: ALTER SEQUENCE public.numbers OWNER TO deployer",
            ..new()
        },
        Finding {
            name: "an aggregate of a function that nobody else may call",
            before: "CREATE FUNCTION f(text, text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(name, ',') FROM public.items $$;
              REVOKE EXECUTE ON FUNCTION f(text, text) FROM PUBLIC; CREATE AGGREGATE all_names(text) (sfunc = f, stype = text)",
            told: "public.all_names(text): calls public.f(text,text) as postgres, whom no policy holds, and PUBLIC may call it; close it: \
                   REVOKE EXECUTE ON ROUTINE public.all_names(text) FROM PUBLIC",
            accepted: "accepted: { functions: { \"all_names(text)\": the sitemap } }",
            ..new()
        },
        Finding {
            name: "a function of a role that sees something else",
            after: "CREATE FUNCTION all_items() RETURNS SETOF items LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM public.items'; \
              ALTER FUNCTION all_items() OWNER TO \"@_lead\"",
            told: "public.all_items(): runs as @_lead, to whom the rules give something else, and PUBLIC may call it",
            ..new()
        },
        Finding {
            name: "an aggregate of a function of a role that sees something else",
            after: "CREATE FUNCTION f(text, text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(name, ',') FROM public.items $$; \
              ALTER FUNCTION f(text, text) OWNER TO \"@_lead\"; REVOKE EXECUTE ON FUNCTION f(text, text) FROM PUBLIC; \
              CREATE AGGREGATE all_names(text) (sfunc = f, stype = text)",
            told: "public.all_names(text): calls public.f(text,text) as @_lead, to whom the rules give something else, and PUBLIC may call it",
            ..new()
        },
        Finding {
            name: "a rewrite rule of another schema",
            after: "CREATE SCHEMA x; GRANT USAGE ON SCHEMA x TO \"@\"; CREATE TABLE x.q (n text); GRANT INSERT ON x.q TO \"@\"; \
              CREATE RULE r AS ON INSERT TO x.q DO INSTEAD UPDATE public.items SET name = new.n",
            told: "x.q: there is a way around the policies: @ can use it, and its rule r reaches tables of the project; close it: DROP RULE r ON x.q",
            ..new()
        },
    ]
}
