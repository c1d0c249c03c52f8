//! The questions that are asked of a server as the application's login: none needs a right, none names an object in a way that needs the right to its schema.

use crate::catalog::QualifiedName;
use crate::objects::quote::literal;

/// Who asks, and of what.
pub(super) const LOGIN: &str = "SELECT current_setting('server_version_num'), current_setting('server_version'), current_database(), \
     session_user, current_user, role.rolsuper, role.rolbypassrls, NOT role.rolcanlogin, coalesce(role.rolvaliduntil < now(), false), \
     NOT has_database_privilege(role.oid, current_database(), 'CONNECT') FROM pg_roles AS role WHERE role.rolname = session_user";

/// Settings: those that are there.
pub(super) fn settings(names: &[String]) -> String {
    format!(
        "SELECT name, current_setting(name, true) FROM unnest({}) AS asked (name) WHERE current_setting(name, true) IS NOT NULL",
        texts(names)
    )
}

/// What roles and databases are given that concerns this session: setting, role, whether in this database alone.
pub(super) const GIVEN: &str = "SELECT split_part(setting, '=', 1), role.rolname, given.setdatabase <> 0 \
     FROM pg_db_role_setting AS given CROSS JOIN LATERAL unnest(given.setconfig) AS setting \
     LEFT JOIN pg_roles AS role ON role.oid = given.setrole \
     WHERE given.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user)) \
     AND given.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) ORDER BY 1, 2, 3";

/// The privilege that is the right to SET ROLE.
const fn acting(server_number: u32) -> &'static str {
    if server_number < 160_000 { "MEMBER" } else { "SET" }
}

/// Roles of the application: name, whether there, inherited, settable, and whether the login is a member at all.
pub(super) fn roles(names: &[&str], server_number: u32) -> String {
    format!(
        "SELECT asked.name, role.oid IS NOT NULL, coalesce(pg_has_role(session_user, role.oid, 'USAGE'), false), \
         coalesce(pg_has_role(session_user, role.oid, '{}'), false), coalesce(pg_has_role(session_user, role.oid, 'MEMBER'), false) \
         FROM unnest({}) AS asked (name) LEFT JOIN pg_roles AS role ON role.rolname = asked.name ORDER BY 1",
        acting(server_number),
        texts(names)
    )
}

/// Other roles that the login can act as: name, whether policies bind it, whether it is one of those that serve the rules, whether it owns a table.
pub(super) fn powers(service: &[&str], tables: &[&QualifiedName], server_number: u32) -> String {
    format!(
        "SELECT role.rolname, role.rolsuper OR role.rolbypassrls, role.rolname = ANY ({}), role.oid IN ({owners}) FROM pg_roles AS role \
         WHERE role.rolname <> session_user AND (pg_has_role(session_user, role.oid, '{}') OR pg_has_role(session_user, role.oid, 'USAGE')) \
         AND (role.rolsuper OR role.rolbypassrls OR role.rolname = ANY ({0}) OR role.oid IN ({owners})) ORDER BY 1",
        texts(service),
        acting(server_number),
        owners = format_args!("SELECT class.relowner FROM {} {JOIN_CLASS}", asked(tables)),
    )
}

/// Tables that are there: place in the list, row security, whether it binds the owner, owner, rights of the login that no policy is about.
pub(super) fn tables(tables: &[&QualifiedName]) -> String {
    format!(
        "SELECT asked.place, class.relrowsecurity, class.relforcerowsecurity, pg_get_userbyid(class.relowner), \
         (SELECT string_agg(word, ',') FROM unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) AS word \
          WHERE has_table_privilege(session_user, class.oid, word)) \
         FROM {} {JOIN_CLASS} ORDER BY 1",
        asked(tables)
    )
}

/// What names of tables mean on a path: place in the list, schema.
pub(super) fn by_name(tables: &[&QualifiedName], path: &str) -> String {
    format!(
        "SELECT DISTINCT ON (asked.place) asked.place, namespace.nspname FROM {} \
         JOIN pg_class AS class ON class.relname = asked.name AND class.relkind IN ('r', 'p', 'v', 'm', 'f') \
         JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace \
         JOIN unnest({}::name[]) WITH ORDINALITY AS step (schema, place) ON step.schema = namespace.nspname \
         ORDER BY asked.place, step.place",
        asked(tables),
        literal(path)
    )
}

/// Tables that the role that acts may read: place in the list.
pub(super) fn readable(tables: &[&QualifiedName]) -> String {
    format!(
        "SELECT asked.place FROM {} {JOIN_CLASS} WHERE has_schema_privilege(class.relnamespace, 'USAGE') AND has_any_column_privilege(class.oid, 'SELECT') ORDER BY 1",
        asked(tables)
    )
}

const JOIN_CLASS: &str = "JOIN pg_namespace AS namespace ON namespace.nspname = asked.schema \
     JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = asked.name";

/// The tables as rows: place in the list, schema, name.
fn asked(tables: &[&QualifiedName]) -> String {
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        tables.iter().map(|table| (table.schema.as_str(), table.name.as_str())).unzip();
    format!("unnest({}, {}) WITH ORDINALITY AS asked (schema, name, place)", texts(&schemas), texts(&names))
}

fn texts<T: AsRef<str>>(texts: &[T]) -> String {
    let all: Vec<String> = texts.iter().map(|text| literal(text.as_ref())).collect();
    format!("ARRAY[{}]::text[]", all.join(", "))
}
