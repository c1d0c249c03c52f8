//! A statement that fails when a role of the application can do more than the rules say. What counts is the effective privilege
//! (manual section 9.27.2): a grant to PUBLIC, to an inherited role, or by somebody else is as good as a grant to the role.

use super::quote;
use crate::access::{AccessMatrix, TableAccess};
use crate::catalog::Table;
use crate::model::{Model, Operation};

/// The `DO` statement, without semicolon.
pub(super) fn statement(model: &Model, matrix: &AccessMatrix) -> String {
    let mut rows = Vec::new();
    for (&id, access) in &matrix.tables {
        let table = model.catalog.table(id);
        for role in model.application_roles() {
            rows.push(format!("      ({})", row(table, role, access)));
        }
    }
    let roles: Vec<String> = model.application_roles().iter().map(|role| quote::literal(role)).collect();
    let allowed = if rows.is_empty() {
        "SELECT NULL::name, NULL::text, NULL::text[], NULL::text[], NULL::text[], NULL::boolean WHERE false".to_owned()
    } else {
        format!("VALUES\n{}", rows.join(",\n"))
    };
    let tables = matrix.tables.keys().map(|&id| quote::literal(&quote::qualified(&model.catalog.table(id).name)));
    let tables: Vec<String> = tables.map(|name| format!("{name}::regclass")).collect();
    let around = if tables.is_empty() { "" } else { WAYS_AROUND };
    let masking = model.masking.as_ref().map_or("NULL".to_owned(), |masking| quote::literal(&masking.role));
    let is_apart = |access: &TableAccess| access.keep_apart;
    let apart = if matrix.tables.values().any(is_apart) { KEEP_APART } else { "" };
    let body = TEMPLATE
        .replace("@apart@", &format!("{around}{apart}"))
        .replace("@tables@", &tables.join(", "))
        .replace("@masking@", &masking)
        .replace("@roles@", &roles.join(", "))
        .replace("@lookup@", &quote::literal(&model.lookup_role))
        .replace("@allowed@", &allowed);
    format!("DO {}", quote::dollar(&body))
}

/// Role, table, the columns per privilege (NULL: all of them), whether rows may be deleted.
fn row(table: &Table, role: &str, access: &TableAccess) -> String {
    let permissions = access.permissions.get(role);
    let granted = |operation| Some(permissions?.get(&operation)?.granted_columns(operation, table));
    let columns = |operation| match granted(operation) {
        Some(None) => "NULL::text[]".to_owned(),
        Some(Some(columns)) => {
            let names = columns.iter().map(|&index| quote::literal(&table.columns[index as usize].name));
            format!("ARRAY[{}]::text[]", names.collect::<Vec<_>>().join(", "))
        }
        None => "'{}'::text[]".to_owned(),
    };
    format!(
        "{}::name, {}::text, {}, {}, {}, {}",
        quote::literal(role),
        quote::literal(&quote::qualified(&table.name)),
        columns(Operation::Read),
        columns(Operation::Create),
        columns(Operation::Update),
        permissions.is_some_and(|granted| granted.contains_key(&Operation::Delete))
    )
}

const TEMPLATE: &str = r"DECLARE
  finding text;
BEGIN
  SELECT string_agg(format('%I can %s', role.rolname, reason.can), '; ' ORDER BY role.rolname, reason.can)
  INTO finding
  FROM pg_roles AS role
  CROSS JOIN LATERAL (VALUES
    ('bypass row-level security', role.rolsuper OR role.rolbypassrls),
    ('act as the lookup role', EXISTS (
      SELECT FROM pg_roles AS lookup WHERE lookup.rolname = @lookup@ AND pg_has_role(role.oid, lookup.oid, 'MEMBER')))
  ) AS reason (can, applies)
  WHERE role.rolname IN (@roles@) AND reason.applies;
  IF finding IS NOT NULL THEN
    RAISE EXCEPTION 'the policies would not hold: %', finding
      USING HINT = 'Take the attribute or the membership from the role, then apply again.';
  END IF;

  WITH allowed (role, relation, readable, creatable, updatable, deletable) AS (
    @allowed@
  )
  SELECT string_agg(format('%I holds %s on %s', found.role, found.privilege, found.relation), '; '
    ORDER BY found.role::text, found.relation, found.privilege)
  INTO finding
  FROM (
    SELECT allowed.role, allowed.relation, privilege.name || coalesce(' (' || attribute.attname || ')', '') AS privilege
    FROM allowed
    CROSS JOIN LATERAL (VALUES
      ('SELECT', allowed.readable), ('INSERT', allowed.creatable), ('UPDATE', allowed.updatable), ('REFERENCES', '{}')
    ) AS privilege (name, columns)
    JOIN pg_attribute AS attribute
      ON attribute.attrelid = allowed.relation::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped
    WHERE privilege.columns IS NOT NULL AND attribute.attname::text <> ALL (privilege.columns)
      AND has_column_privilege(allowed.role, allowed.relation::regclass, attribute.attnum, privilege.name)
    UNION ALL
    SELECT allowed.role, allowed.relation, privilege.name
    FROM allowed
    CROSS JOIN LATERAL (VALUES
      ('DELETE', allowed.deletable), ('TRUNCATE', false), ('TRIGGER', false),
      (CASE WHEN current_setting('server_version_num')::int >= 170000 THEN 'MAINTAIN' END, false)
    ) AS privilege (name, allowed)
    WHERE NOT privilege.allowed AND privilege.name IS NOT NULL
      AND has_table_privilege(allowed.role, allowed.relation::regclass, privilege.name)
    UNION ALL
    SELECT allowed.role, allowed.relation, 'the rights of the owner'
    FROM allowed
    JOIN pg_class AS class ON class.oid = allowed.relation::regclass
    WHERE pg_has_role(allowed.role, class.relowner, 'MEMBER')
  ) AS found;
  IF finding IS NOT NULL THEN
    RAISE EXCEPTION 'more is granted than the rules allow: %', finding
      USING HINT = 'Another role passes it on, or another role granted it: revoke it there, then apply again.';
  END IF;@apart@
END";

/// Views that run as their owner, materialized views, which have no policies, and the children and parents of a table, whose policies are
/// not the table's (manual sections 5.9, 5.11 and the page on CREATE VIEW).
const WAYS_AROUND: &str = r"

  WITH RECURSIVE reads (view, source) AS (
    SELECT rewrite.ev_class, depend.refobjid
    FROM pg_rewrite AS rewrite
    JOIN pg_depend AS depend ON depend.classid = 'pg_rewrite'::regclass AND depend.objid = rewrite.oid
      AND depend.refclassid = 'pg_class'::regclass AND depend.refobjid <> rewrite.ev_class
  ), viewed (relation) AS (
    SELECT view FROM reads WHERE source = ANY (ARRAY[@tables@])
    UNION
    SELECT reads.view FROM reads JOIN viewed ON reads.source = viewed.relation
  ), below (relation) AS (
    SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY (ARRAY[@tables@])
    UNION
    SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = below.relation
  ), above (relation) AS (
    SELECT inhparent FROM pg_inherits WHERE inhrelid = ANY (ARRAY[@tables@])
    UNION
    SELECT inhparent FROM pg_inherits JOIN above ON inhrelid = above.relation
  ), around (relation, reason) AS (
    SELECT class.oid, CASE class.relkind WHEN 'm' THEN 'a materialized view' ELSE 'a view without security_invoker' END
    FROM viewed
    JOIN pg_class AS class ON class.oid = viewed.relation
    WHERE class.relkind IN ('v', 'm') AND pg_get_userbyid(class.relowner) IS DISTINCT FROM @masking@
      AND NOT EXISTS (
        SELECT FROM pg_options_to_table(class.reloptions) AS option
        WHERE option.option_name = 'security_invoker' AND option.option_value::boolean)
    UNION
    SELECT relation, 'a partition or child' FROM below WHERE relation <> ALL (ARRAY[@tables@])
    UNION
    SELECT relation, 'a parent' FROM above WHERE relation <> ALL (ARRAY[@tables@])
  )
  SELECT string_agg(format('%I can use %s, %s', role.rolname, around.relation::regclass, around.reason), '; '
    ORDER BY role.rolname, around.relation::regclass::text)
  INTO finding
  FROM around
  JOIN pg_roles AS role ON role.rolname IN (@roles@)
  WHERE has_table_privilege(role.oid, around.relation, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
    OR has_any_column_privilege(role.oid, around.relation, 'SELECT, INSERT, UPDATE');
  IF finding IS NOT NULL THEN
    RAISE EXCEPTION 'there is a way around the policies: %', finding
      USING HINT = 'Revoke it; for a view, ALTER VIEW … SET (security_invoker = true) does as well.';
  END IF;";

/// Where the rules of two database roles are exact only apart: PostgreSQL would mix the rows of the one with the fields of the
/// other for whoever inherits both.
const KEEP_APART: &str = r"

  SELECT string_agg(format('%I inherits %s', heir.rolname, heir.roles), '; ' ORDER BY heir.rolname)
  INTO finding
  FROM (
    SELECT heir.rolname, string_agg(quote_ident(role.rolname), ', ' ORDER BY role.rolname) AS roles
    FROM pg_roles AS heir
    JOIN pg_roles AS role ON role.rolname IN (@roles@) AND pg_has_role(heir.oid, role.oid, 'USAGE')
    WHERE NOT heir.rolsuper
    GROUP BY heir.rolname
    HAVING count(*) > 1
  ) AS heir;
  IF finding IS NOT NULL THEN
    RAISE EXCEPTION 'fields or steps of two roles could be mixed: %', finding
      USING HINT = 'Grant only one of them, or make the login role NOINHERIT and let it SET ROLE.';
  END IF;";
