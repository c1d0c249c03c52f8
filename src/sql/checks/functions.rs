//! Functions that answer with more than the caller may see, and functions of the project that say who it is.

use super::Check;

pub(super) const CHECKS: &[Check] = &[DEFINERS, AGGREGATES, ASKED, LEAKPROOF, BROUGHT, CASTS];

/// Whoever may call a function of triggers may make it the trigger of a table of its own, and say what the new record is; triggers that are there
/// ask nobody for that right. Functions of extensions of a superuser were written for any caller. A function in a schema that the session may
/// not use cannot be named, but an operator, a cast or another function can that was made of it. Members of the roles of look-ups and
/// masking read what these read, and a role of the application what another may not.
pub(super) const DEFINERS: Check = Check {
    about: "SECURITY DEFINER functions of somebody whom no policy holds.",
    query: r"
  SELECT function.oid::regprocedure::text, format('runs as %I, %s, and %s may %s%s', owner.rolname,
      CASE WHEN owner.oid IN (SELECT login FROM acting) THEN 'to whom the rules give something else' ELSE 'whom no policy holds' END, caller.names,
      CASE function.prorettype WHEN 'trigger'::regtype THEN 'make it a trigger of a table of their own' ELSE 'call it' END,
      '; ' || policy.names || ' it, and all statements that are asked about it fail without that right: it can be taken away when no policy calls it any more'),
    CASE WHEN policy.names IS NULL THEN format('REVOKE EXECUTE ON ROUTINE %s FROM %s', function.oid::regprocedure, caller.names) END, true
  FROM pg_proc AS function
  JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN server_role AS owner ON owner.oid = function.proowner
  CROSS JOIN LATERAL (
    SELECT string_agg(grantee.name, ', ' ORDER BY grantee.name), bool_or(EXISTS (
      SELECT FROM acting JOIN audience ON NOT acting.roles <@ audience.roles
      WHERE acting.login = function.proowner AND audience.grantee = entry.grantee))
    FROM aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS entry
    JOIN grantee ON grantee.oid = entry.grantee
    WHERE entry.grantee <> function.proowner AND entry.grantee IN (SELECT audience.grantee FROM audience)
  ) AS caller (names, gains)
  CROSS JOIN LATERAL (
    -- What a policy calls, it calls as whoever asks.
    SELECT CASE count(*) WHEN 0 THEN NULL WHEN 1 THEN format('the policy %I on %s calls', min(policy.polname::text), min(policy.polrelid::regclass::text))
        ELSE format('%s policies call', count(*)) END
    FROM pg_policy AS policy
    WHERE policy.oid IN (
      SELECT depend.objid FROM pg_depend AS depend
      WHERE depend.classid = 'pg_policy'::regclass AND depend.refclassid = 'pg_proc'::regclass AND depend.refobjid = function.oid)
  ) AS policy (names)
  WHERE function.prosecdef AND caller.names IS NOT NULL
    AND function.prorettype <> 'event_trigger'::regtype
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
    AND (caller.gains OR owner.oid IN (SELECT oid FROM unbound))
    AND NOT (owner.oid IN (SELECT oid FROM served) AND namespace.nspname IN (SELECT name FROM own_schema))
    AND (namespace.nspowner IN (SELECT role FROM reached) OR EXISTS (
      SELECT FROM pg_depend AS depend
      WHERE depend.refclassid = 'pg_proc'::regclass AND depend.refobjid = function.oid
        AND depend.classid IN ('pg_operator'::regclass, 'pg_cast'::regclass, 'pg_proc'::regclass)
    ) OR EXISTS (
      SELECT FROM aclexplode(namespace.nspacl) AS entry
      WHERE entry.privilege_type = 'USAGE' AND entry.grantee IN (SELECT audience.grantee FROM audience)))
    AND NOT (owner.rolsuper AND EXISTS (
      SELECT FROM of_extension WHERE of_extension.classid = 'pg_proc'::regclass AND of_extension.objid = function.oid))
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))",
};

/// PostgreSQL asks the owner of an aggregate for the right to call what it is made of, and nobody else: a right that is taken from everybody stops nothing.
const AGGREGATES: Check = Check {
    about: "Aggregates that are made of a SECURITY DEFINER function of somebody whom no policy holds, or other ones.",
    query: r"
  SELECT aggregate.oid::regprocedure::text, format('calls %s as %I, %s, and %s may call it', function.oid::regprocedure, owner.rolname,
      CASE WHEN owner.oid IN (SELECT oid FROM unbound) THEN 'whom no policy holds' ELSE 'to whom the rules give something else' END, caller.names),
    format('REVOKE EXECUTE ON ROUTINE %s FROM %s', aggregate.oid::regprocedure, caller.names), true
  FROM pg_aggregate AS made
  JOIN pg_proc AS aggregate ON aggregate.oid = made.aggfnoid
  CROSS JOIN LATERAL (
    SELECT DISTINCT part.oid
    FROM unnest(ARRAY[made.aggtransfn, made.aggfinalfn, made.aggcombinefn, made.aggserialfn, made.aggdeserialfn, made.aggmtransfn,
      made.aggminvtransfn, made.aggmfinalfn]::oid[]) AS part (oid)
  ) AS part
  JOIN pg_proc AS function ON function.oid = part.oid AND function.prosecdef
  JOIN server_role AS owner ON owner.oid = function.proowner
  CROSS JOIN LATERAL (
    SELECT string_agg(grantee.name, ', ' ORDER BY grantee.name), bool_or(EXISTS (
      SELECT FROM acting JOIN audience ON NOT acting.roles <@ audience.roles
      WHERE acting.login = function.proowner AND audience.grantee = entry.grantee))
    FROM aclexplode(coalesce(aggregate.proacl, acldefault('f', aggregate.proowner))) AS entry
    JOIN grantee ON grantee.oid = entry.grantee
    WHERE entry.grantee <> aggregate.proowner AND entry.grantee IN (SELECT audience.grantee FROM audience)
  ) AS caller (names, gains)
  WHERE caller.names IS NOT NULL AND (caller.gains OR owner.oid IN (SELECT oid FROM unbound))
    AND NOT EXISTS (
      SELECT FROM accepted
      JOIN pg_namespace AS namespace ON namespace.oid = aggregate.pronamespace
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = aggregate.proname
        AND accepted.part = oidvectortypes(aggregate.proargtypes))",
};

/// A body that is bound when it is made (BEGIN ATOMIC) or compiled names nothing at run time.
const ASKED: Check = Check {
    about: "Functions that say who is signed in, or which claims there are, by names that are looked up in the path of the client.",
    query: r"
  SELECT function.oid::regprocedure::text, 'says who is signed in, or what the token claims, by names that a client can redefine by its search_path',
    format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', function.oid::regprocedure), true
  FROM asked
  JOIN pg_namespace AS namespace ON namespace.nspname = asked.schema
  JOIN pg_proc AS function ON function.pronamespace = namespace.oid AND function.proname = asked.name AND function.pronargs = 0
  JOIN pg_language AS language ON language.oid = function.prolang
  WHERE function.prosqlbody IS NULL AND language.lanname NOT IN ('c', 'internal')
    AND NOT EXISTS (SELECT FROM unnest(function.proconfig) AS setting WHERE setting LIKE 'search\_path=%')
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = '')",
};

/// PostgreSQL asks such a function before a policy or a view with security_barrier has hidden the row (manual, CREATE FUNCTION). What is written in C needs the
/// server's files.
const LEAKPROOF: Check = Check {
    about: "LEAKPROOF functions of others, which see rows before policies hide them.",
    query: r"
  SELECT function.oid::regprocedure::text, format('is LEAKPROOF, and %s may call it: it is asked about rows before policies hide them', caller.names),
    format('ALTER FUNCTION %s NOT LEAKPROOF', function.oid::regprocedure), true
  FROM pg_proc AS function
  JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN pg_language AS language ON language.oid = function.prolang
  CROSS JOIN LATERAL (
    SELECT string_agg(grantee.name, ', ' ORDER BY grantee.name)
    FROM aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS entry
    JOIN grantee ON grantee.oid = entry.grantee
    WHERE entry.grantee IN (SELECT audience.grantee FROM audience)
  ) AS caller (names)
  WHERE function.proleakproof AND caller.names IS NOT NULL AND language.lanname NOT IN ('c', 'internal')
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
    AND EXISTS (
      SELECT FROM aclexplode(namespace.nspacl) AS entry
      WHERE entry.privilege_type = 'USAGE' AND entry.grantee IN (SELECT audience.grantee FROM audience))
    AND NOT EXISTS (SELECT FROM own_function AS made WHERE made.function = function.oid)
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))",
};

/// Files of the server, passwords, statistics of what is in the tables (manual, pg_init_privs: what everybody has from the beginning).
const BROUGHT: Check = Check {
    about: "What the server brings and keeps from others, and the application was given.",
    query: r"
  SELECT brought.name, format('%s may %s it, which the server keeps from others: no policy is asked', string_agg(DISTINCT grantee.name, ', '),
      string_agg(DISTINCT entry.privilege_type, ', ')),
    format('REVOKE %s ON %s%s FROM %s', string_agg(DISTINCT entry.privilege_type, ', '), brought.kind, brought.name, string_agg(DISTINCT grantee.name, ', ')), true
  FROM (
    SELECT 'ROUTINE ', function.oid::regprocedure::text, function.proacl, initial.initprivs, function.proowner
    FROM pg_init_privs AS initial
    JOIN pg_proc AS function ON initial.classoid = 'pg_proc'::regclass AND function.oid = initial.objoid
    WHERE function.pronamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = 'pg_catalog' AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))
    UNION ALL
    SELECT 'TABLE ', class.oid::regclass::text, class.relacl, initial.initprivs, class.relowner
    FROM pg_init_privs AS initial
    JOIN pg_class AS class ON initial.classoid = 'pg_class'::regclass AND class.oid = initial.objoid AND initial.objsubid = 0
    WHERE class.relnamespace = 'pg_catalog'::regnamespace
  ) AS brought (kind, name, current, original, owner)
  CROSS JOIN LATERAL aclexplode(brought.current) AS entry
  JOIN grantee ON grantee.oid = entry.grantee
  WHERE entry.grantee <> brought.owner AND entry.grantee IN (SELECT audience.grantee FROM audience)
    AND NOT EXISTS (
      SELECT FROM aclexplode(brought.original) AS initial
      WHERE initial.grantee IN (0, entry.grantee) AND initial.privilege_type = entry.privilege_type)
  GROUP BY brought.kind, brought.name",
};

/// Policies turn values of one type into another, and PostgreSQL takes the cast that there is when they are made. What only says how the types are written changes nothing.
const CASTS: Check = Check {
    about: "Casts between types of the server that call a function of others.",
    query: r"
  SELECT named.name, format('the cast calls %s, and what rules compare is what that makes of it', function.oid::regprocedure),
    format('DROP CAST (%s)', named.name), true
  FROM pg_cast AS made
  CROSS JOIN LATERAL (SELECT format('%s AS %s', format_type(made.castsource, NULL), format_type(made.casttarget, NULL))) AS named (name)
  JOIN pg_proc AS function ON function.oid = made.castfunc AND function.pronamespace <> 'pg_catalog'::regnamespace
  JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN pg_type AS source ON source.oid = made.castsource AND source.typnamespace = 'pg_catalog'::regnamespace
  JOIN pg_type AS target ON target.oid = made.casttarget AND target.typnamespace = 'pg_catalog'::regnamespace
  WHERE NOT EXISTS (SELECT FROM of_extension WHERE of_extension.classid = 'pg_cast'::regclass AND of_extension.objid = made.oid)
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))",
};
