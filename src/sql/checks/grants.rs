//! What the rules need and did not get: a GRANT by who may not pass the right on is a mere warning of PostgreSQL's, and then every statement of the
//! application fails. And the functions of these rules, which have to be as they were made.

use super::Check;

pub(super) const CHECKS: &[Check] = &[PRIVILEGES, SCHEMAS, ASKED, OWN];

/// What the rules bring themselves.
pub(super) const AFTERWARDS: &[Check] = &[PRIVILEGES, SCHEMAS, OWN];

const PRIVILEGES: Check = Check {
    about: "Privileges on tables that the rules give and that were not granted.",
    query: r"
  SELECT lacking.relation::regclass::text, format('the rules need %s for %I, and the grant did not take', lacking.privilege, lacking.rolname),
    format('GRANT %s ON %s TO %I', lacking.privilege, lacking.relation::regclass, lacking.rolname), true
  FROM (
    SELECT granted.relation, role.rolname,
      concat(granted.privilege, ' (' || string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) || ')') AS privilege
    FROM granted
    JOIN server_role AS role ON role.oid = granted.role
    JOIN pg_class AS class ON class.oid = granted.relation
    LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = granted.relation AND attribute.attnum = granted.attribute AND granted.attribute <> 0
    WHERE granted.relation IN (SELECT relation FROM project UNION SELECT sequence FROM drawn) AND class.relowner <> granted.role
      AND NOT EXISTS (
        SELECT FROM held
        WHERE held.relation = granted.relation AND held.privilege = granted.privilege AND held.attribute IN (0, granted.attribute)
          AND (held.grantee = 0 OR held.grantee IN (SELECT act.role FROM act WHERE act.login = granted.role)))
    GROUP BY granted.relation, role.rolname, granted.privilege
  ) AS lacking",
};

const SCHEMAS: Check = Check {
    about: "Schemas that somebody needs to use and may not.",
    query: r"
  SELECT quote_ident(namespace.nspname), format('%I needs USAGE on the schema, and the grant did not take', role.rolname),
    format('GRANT USAGE ON SCHEMA %I TO %I', namespace.nspname, role.rolname), true
  FROM needed_schema
  JOIN pg_namespace AS namespace ON namespace.nspname = needed_schema.name
  JOIN server_role AS role ON role.rolname = needed_schema.role
  WHERE namespace.nspowner <> role.oid AND NOT EXISTS (
    SELECT FROM aclexplode(coalesce(namespace.nspacl, acldefault('n', namespace.nspowner))) AS entry
    WHERE entry.privilege_type = 'USAGE'
      AND (entry.grantee IN (0, role.oid) OR entry.grantee IN (SELECT act.role FROM act WHERE act.login = role.oid)))",
};

/// Policies find it by its identity, so the schema of such a function may stay closed; but it has to be callable.
const ASKED: Check = Check {
    about: "Functions that say who is signed in, or which claims there are, and that an application role may not call.",
    query: r"
  SELECT function.oid::regprocedure::text, format('%I may not call it, so each of its statements would fail', role.rolname),
    format('GRANT EXECUTE ON FUNCTION %s TO %I', function.oid::regprocedure, role.rolname), true
  FROM asked
  JOIN pg_namespace AS namespace ON namespace.nspname = asked.schema
  JOIN pg_proc AS function ON function.pronamespace = namespace.oid AND function.proname = asked.name AND function.pronargs = 0
  CROSS JOIN app
  JOIN server_role AS role ON role.oid = app.oid
  WHERE function.proowner <> role.oid AND NOT EXISTS (
    SELECT FROM aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS entry
    WHERE entry.grantee = 0 OR entry.grantee IN (SELECT act.role FROM act WHERE act.login = role.oid))",
};

/// A body that somebody replaced answers what it likes, with the rights of the look-ups.
const OWN: Check = Check {
    about: "Functions of these rules that are not as they were made.",
    query: r"
  SELECT made.signature, CASE
      WHEN found.oid IS NULL THEN 'the function of these rules is missing'
      WHEN owner.rolname <> made.owner THEN format('the function of these rules belongs to %I', owner.rolname)
      WHEN found.prosecdef <> made.definer THEN 'the function of these rules runs as somebody else than it was made to'
      WHEN encode(sha256(convert_to(found.prosrc, 'UTF8')), 'hex') <> made.source THEN 'the function of these rules has another body'
      WHEN made.path IS NOT NULL AND made.path <> ALL (coalesce(found.proconfig, '{}')) THEN 'the function of these rules looks names up by another path'
      ELSE format('the function of these rules may be called by %s', caller.names) END,
    CASE WHEN found.oid IS NULL THEN NULL
      WHEN owner.rolname <> made.owner THEN format('ALTER FUNCTION %s OWNER TO %I', made.signature, made.owner)
      WHEN found.prosecdef <> made.definer THEN format('ALTER FUNCTION %s SECURITY %s', made.signature, CASE WHEN made.definer THEN 'DEFINER' ELSE 'INVOKER' END)
      -- Only whoever has the rules makes the body again.
      WHEN encode(sha256(convert_to(found.prosrc, 'UTF8')), 'hex') <> made.source THEN NULL
      WHEN made.path IS NOT NULL AND made.path <> ALL (coalesce(found.proconfig, '{}')) THEN
        format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', made.signature)
      WHEN caller.names IS NOT NULL THEN format('REVOKE EXECUTE ON FUNCTION %s FROM %s', made.signature, caller.names) END, true
  FROM own_function AS made
  LEFT JOIN pg_proc AS found ON found.oid = made.function
  LEFT JOIN server_role AS owner ON owner.oid = found.proowner
  LEFT JOIN LATERAL (
    SELECT string_agg(grantee.name, ', ' ORDER BY grantee.name)
    FROM aclexplode(coalesce(found.proacl, acldefault('f', found.proowner))) AS entry
    JOIN grantee ON grantee.oid = entry.grantee
    WHERE entry.grantee <> found.proowner AND NOT (entry.grantee = 0 AND made.is_open)
      AND grantee.name <> ALL (SELECT quote_ident(name) FROM unnest(made.callers) AS name)
  ) AS caller (names) ON true
  WHERE found.oid IS NULL OR owner.rolname <> made.owner OR found.prosecdef <> made.definer OR encode(sha256(convert_to(found.prosrc, 'UTF8')), 'hex') <> made.source
    OR (made.path IS NOT NULL AND made.path <> ALL (coalesce(found.proconfig, '{}'))) OR caller.names IS NOT NULL",
};
