//! Functions that answer with more than the caller may see, and functions of the project that say who it is.

use super::Check;

pub(super) const CHECKS: &[Check] = &[DEFINERS, AGGREGATES, ASKED];

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
