//! What is generated beside the functions: masking views, and the schemas of all of it, in which nothing else belongs. And what the roles that read
//! for the application may do.

use super::Check;

pub(super) const CHECKS: &[Check] = &[VIEWS, GRANTS, TRIGGERS, RELATIONS, FUNCTIONS, SERVING, ACTING];

/// A view of another owner reads with other rights; without `security_barrier`, a function of the client sees rows before they are filtered (manual
/// section 41.5).
const VIEWS: Check = Check {
    about: "Masking views that are missing, belong to somebody else or show rows to functions of the client before they are filtered.",
    query: r"
  SELECT made.name, CASE
      WHEN class.oid IS NULL THEN 'the masking view of these rules is missing: make it as the whole state (rls.sql) does'
      WHEN owner.rolname <> made.owner THEN format('the masking view of these rules belongs to %I', owner.rolname)
      ELSE 'the masking view of these rules has lost its security_barrier' END,
    CASE WHEN class.oid IS NULL THEN NULL
      WHEN owner.rolname <> made.owner THEN format('ALTER VIEW %s OWNER TO %I', made.name, made.owner)
      ELSE format('ALTER VIEW %s SET (security_barrier = true)', made.name) END, true
  FROM view_made AS made
  LEFT JOIN pg_class AS class ON class.oid = to_regclass(made.name) AND class.relkind = 'v'
  LEFT JOIN server_role AS owner ON owner.oid = class.relowner
  WHERE class.oid IS NULL OR owner.rolname <> made.owner
    OR NOT EXISTS (SELECT FROM pg_options_to_table(class.reloptions) AS option WHERE option.option_name = 'security_barrier' AND option.option_value::boolean)",
};

/// The view reads as its owner and writes as it, too, where its columns allow that.
const GRANTS: Check = Check {
    about: "Privileges on masking views beyond reading, or of anybody who is not meant to read them.",
    query: r"
  SELECT found.relation::regclass::text, format('more is granted than the rules allow: %s holds %s', grantee.name, string_agg(DISTINCT found.what, ', ')),
    concat(
      CASE WHEN found.grantor <> found.owner THEN format('SET ROLE %I; ', pg_get_userbyid(found.grantor)) END,
      format('REVOKE %s ON %s FROM %s', string_agg(DISTINCT found.what, ', '), found.relation::regclass, grantee.name),
      CASE WHEN found.grantor <> found.owner THEN '; RESET ROLE' END), true
  FROM (
    SELECT view.relation, view.owner, view.readers, entry.grantee, entry.grantor, entry.privilege_type, entry.privilege_type AS what
    FROM own_view AS view
    JOIN pg_class AS class ON class.oid = view.relation
    CROSS JOIN LATERAL aclexplode(class.relacl) AS entry
    UNION ALL
    SELECT view.relation, view.owner, view.readers, entry.grantee, entry.grantor, entry.privilege_type,
      format('%s (%I)', entry.privilege_type, attribute.attname)
    FROM own_view AS view
    JOIN pg_attribute AS attribute ON attribute.attrelid = view.relation
    CROSS JOIN LATERAL aclexplode(attribute.attacl) AS entry
  ) AS found
  JOIN grantee ON grantee.oid = found.grantee
  JOIN pg_class AS class ON class.oid = found.relation
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  LEFT JOIN server_role AS role ON role.oid = found.grantee
  WHERE found.grantee <> found.owner AND role.rolsuper IS NOT TRUE
    AND NOT (found.privilege_type = 'SELECT' AND role.rolname IS NOT NULL AND role.rolname = ANY (found.readers))
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'view' AND accepted.schema = namespace.nspname AND accepted.name = class.relname)
  GROUP BY found.relation, found.owner, found.grantor, grantee.name",
};

const TRIGGERS: Check = Check {
    about: "Triggers on masking views: these rules make none, and one would write in the place of the statement.",
    query: r"
  SELECT other.tgrelid::regclass::text, format('the trigger %I is not of these rules', other.tgname),
    format('DROP TRIGGER %I ON %s', other.tgname, other.tgrelid::regclass), true
  FROM pg_trigger AS other
  WHERE other.tgrelid IN (SELECT relation FROM own_view) AND NOT other.tgisinternal",
};

/// A sequence that belongs to a table goes with it.
const RELATIONS: Check = Check {
    about: "Tables, views, sequences and types of others in the schemas of what is generated.",
    query: r"
  SELECT class.oid::regclass::text, 'stands among what is generated, and is not of these rules',
    format('ALTER %s %s SET SCHEMA public', CASE class.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
      WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, class.oid::regclass), true
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  JOIN own_schema ON own_schema.name = namespace.nspname AND own_schema.is_made
  WHERE class.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
    AND class.oid NOT IN (SELECT relation FROM own_view UNION SELECT relation FROM project)
    AND class.oid::regclass::text NOT IN (SELECT relation FROM kept)
    AND NOT (class.relkind = 'S' AND EXISTS (
      SELECT FROM pg_depend AS depend
      WHERE depend.classid = 'pg_class'::regclass AND depend.objid = class.oid AND depend.deptype IN ('a', 'i')
        AND depend.refclassid = 'pg_class'::regclass))
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = CASE WHEN class.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END
        AND accepted.schema = namespace.nspname AND accepted.name = class.relname)",
};

const FUNCTIONS: Check = Check {
    about: "Functions of others in the schemas of what is generated.",
    query: r"
  SELECT function.oid::regprocedure::text, 'stands among what is generated, and is not of these rules',
    format('ALTER ROUTINE %s SET SCHEMA public', function.oid::regprocedure), true
  FROM pg_proc AS function
  JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN own_schema ON own_schema.name = namespace.nspname AND own_schema.is_made
  WHERE NOT EXISTS (SELECT FROM own_function AS made WHERE made.function = function.oid)
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'function' AND accepted.schema = namespace.nspname AND accepted.name = function.proname
        AND accepted.part = oidvectortypes(function.proargtypes))",
};

/// They read everything that is looked up. The record of changes is written by the role of look-ups.
const SERVING: Check = Check {
    about: "Privileges to write of the roles of look-ups and masking, with which a view or a function of theirs would write.",
    query: r"
  SELECT class.oid::regclass::text, format('more is granted than the rules allow: %I holds %s', role.rolname,
      string_agg(entry.privilege_type, ', ' ORDER BY entry.privilege_type)),
    format('REVOKE %s ON %s FROM %I', string_agg(entry.privilege_type, ', ' ORDER BY entry.privilege_type), class.oid::regclass, role.rolname), true
  FROM project
  JOIN pg_class AS class ON class.oid = project.relation
  CROSS JOIN LATERAL aclexplode(class.relacl) AS entry
  JOIN server_role AS role ON role.oid = entry.grantee
  WHERE entry.grantee IN (SELECT oid FROM served) AND entry.grantee <> class.relowner AND entry.privilege_type <> 'SELECT'
    AND NOT (entry.privilege_type = 'INSERT' AND class.oid IN (SELECT relation FROM record_of_changes))
  GROUP BY class.oid, role.rolname",
};

/// What triggers and defaults of the application do in an action, they do as its role: it has the rights that actions need, and no others. To write whole tables
/// is told above.
const ACTING: Check = Check {
    about: "Privileges on columns of the role of actions, and those to write of the roles of look-ups and masking, beyond what these rules give them.",
    query: r"
  SELECT found.relation::regclass::text, format('more is granted than the rules allow: %I holds %s', found.rolname,
      string_agg(found.what, ', ' ORDER BY found.what)),
    format('REVOKE %s ON %s FROM %I', string_agg(found.what, ', ' ORDER BY found.what), found.relation::regclass, found.rolname), true
  FROM (
    SELECT attribute.attrelid AS relation, role.rolname, format('%s (%I)', entry.privilege_type, attribute.attname) AS what
    FROM project
    JOIN pg_attribute AS attribute ON attribute.attrelid = project.relation AND attribute.attacl IS NOT NULL AND NOT attribute.attisdropped
    CROSS JOIN LATERAL aclexplode(attribute.attacl) AS entry
    JOIN server_role AS role ON role.oid = entry.grantee
    WHERE entry.grantee IN (SELECT oid FROM served) AND (entry.privilege_type <> 'SELECT' OR role.rolname IN (SELECT role FROM acted))
      AND NOT EXISTS (
        SELECT FROM acted
        WHERE acted.role = role.rolname AND acted.relation = project.relation AND acted.privilege = entry.privilege_type
          AND attribute.attname::text = ANY (acted.columns))
    UNION ALL
    SELECT class.oid, role.rolname, entry.privilege_type
    FROM project
    JOIN pg_class AS class ON class.oid = project.relation
    CROSS JOIN LATERAL aclexplode(class.relacl) AS entry
    JOIN server_role AS role ON role.oid = entry.grantee AND role.rolname IN (SELECT role FROM acted)
    WHERE entry.grantee <> class.relowner AND entry.privilege_type = 'SELECT'
  ) AS found
  GROUP BY found.relation, found.rolname",
};
