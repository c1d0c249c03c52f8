//! What a deployment closes besides what the rules make, because it serves nothing any more. In: what the last step is made of. Out: a query of names.

use super::policies;

/// Sequences that number columns by themselves: who creates rows needs no right on them (manual, CREATE SEQUENCE), and a platform's default privileges give
/// all of them away. Kind, schema, name, who.
const SEQUENCES: &str = r"
  SELECT DISTINCT 'sequence' AS kind, namespace.nspname AS schema, class.relname::text AS name,
    CASE held.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(held.grantee) END AS role
  FROM sequence
  JOIN pg_attribute AS attribute ON attribute.attrelid = sequence.relation AND attribute.attnum = sequence.attribute AND attribute.attidentity <> ''
  JOIN pg_class AS class ON class.oid = sequence.sequence
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  JOIN held ON held.relation = class.oid AND held.grantor = class.relowner
  WHERE sequence.relation NOT IN (SELECT relation FROM policies_only) AND class.oid NOT IN (SELECT sequence FROM drawn)
    AND pg_has_role(class.relowner, 'USAGE')";

/// Definer functions that only policies call which give way: they could be called for these alone. What something else depends on, or names in a body that
/// runs as its caller, stays; so does what is accepted. A function is told as its arguments are written by the server.
const FUNCTIONS: &str = r"
  UNION ALL
  SELECT DISTINCT 'function', namespace.nspname, function.oid::regprocedure::text,
    CASE entry.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(entry.grantee) END
  FROM pg_proc AS function
  JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
  CROSS JOIN LATERAL aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS entry
  WHERE function.prosecdef AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
    AND entry.grantee <> function.proowner AND entry.grantor = function.proowner AND entry.grantee IN (SELECT grantee FROM audience)
    AND pg_has_role(function.proowner, 'USAGE')
    AND EXISTS (
      SELECT FROM pg_depend AS depend
      WHERE depend.refclassid = 'pg_proc'::regclass AND depend.refobjid = function.oid AND depend.classid = 'pg_policy'::regclass)
    AND NOT EXISTS (
      SELECT FROM pg_depend AS depend
      WHERE depend.refclassid = 'pg_proc'::regclass AND depend.refobjid = function.oid
        AND NOT (depend.classid = 'pg_policy'::regclass AND depend.objid IN (SELECT oid FROM giving_way)))
    AND NOT EXISTS (
      SELECT FROM pg_proc AS caller
      JOIN pg_namespace AS place ON place.oid = caller.pronamespace AND place.nspname NOT IN ('pg_catalog', 'information_schema')
      WHERE NOT caller.prosecdef AND caller.oid <> function.oid AND strpos(lower(caller.prosrc), lower(function.proname)) > 0)
    AND NOT EXISTS (SELECT FROM asked WHERE asked.schema = namespace.nspname AND asked.name = function.proname)
    AND NOT EXISTS (
      SELECT FROM of_extension WHERE of_extension.classid = 'pg_proc'::regclass AND of_extension.objid = function.oid)
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))";

/// The query, behind the expressions that it names; where policies of others give way, also of what only they called.
pub(super) fn query(gives_way: bool) -> String {
    if !gives_way {
        return format!("{SEQUENCES}\n  ORDER BY 1, 2, 3, 4");
    }
    format!(
        ", giving_way (oid) AS MATERIALIZED (\n  {}\n){SEQUENCES}{FUNCTIONS}\n  ORDER BY 1, 2, 3, 4",
        policies::NUMBERS_OF_OTHERS
    )
}
