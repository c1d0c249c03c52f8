//! Functions that answer with more than the caller may see, and functions of the project that say who it is.

use super::Check;

pub(super) const CHECKS: &[Check] = &[DEFINERS, ASKED];

/// Functions of triggers cannot be called; those of extensions of a superuser were written for any caller. A function in a schema that the
/// session may not use cannot be named.
const DEFINERS: Check = Check {
    about: "SECURITY DEFINER functions of somebody whom no policy holds.",
    query: r"
  SELECT function.oid::regprocedure::text, format('runs as %I, whom no policy holds, and %s may call it', owner.rolname, caller.names),
    format('REVOKE EXECUTE ON ROUTINE %s FROM %s', function.oid::regprocedure, caller.names), true
  FROM pg_proc AS function
  JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN server_role AS owner ON owner.oid = function.proowner
  CROSS JOIN LATERAL (
    SELECT string_agg(grantee.name, ', ' ORDER BY grantee.name)
    FROM aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS entry
    JOIN grantee ON grantee.oid = entry.grantee
    WHERE entry.grantee <> function.proowner AND entry.grantee IN (SELECT audience.grantee FROM audience)
  ) AS caller (names)
  WHERE function.prosecdef AND caller.names IS NOT NULL
    AND function.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
    AND (owner.rolsuper OR owner.rolbypassrls OR owner.oid IN (SELECT oid FROM served) OR owner.oid IN (
      SELECT class.relowner FROM project JOIN pg_class AS class ON class.oid = project.relation WHERE NOT class.relforcerowsecurity))
    AND NOT (owner.oid IN (SELECT oid FROM served) AND namespace.nspname IN (SELECT name FROM own_schema))
    AND (namespace.nspowner IN (SELECT role FROM reached) OR EXISTS (
      SELECT FROM aclexplode(namespace.nspacl) AS entry
      WHERE entry.privilege_type = 'USAGE' AND entry.grantee IN (SELECT audience.grantee FROM audience)))
    AND NOT (owner.rolsuper AND EXISTS (
      SELECT FROM of_extension WHERE of_extension.classid = 'pg_proc'::regclass AND of_extension.objid = function.oid))
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))",
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
