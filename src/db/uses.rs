//! Which rights to use something are gone that the rules take for granted. In: a connection, and who uses what. Out: those that are missing.

use postgres::Client;

use super::DatabaseError;
use super::rows::{ask, number, text};
use crate::objects::quote::literal;

/// That a role uses a schema, or calls a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The role.
    pub role: String,
    /// The schema.
    pub schema: String,
    /// The function's name, where it is one of the schema.
    pub function: Option<String>,
}

/// Those that the server would refuse. What is not there is told by others. The catalog is asked by names: whoever connects may be let into none of the schemas.
pub fn refused_uses(client: &mut Client, uses: &[Use]) -> Result<Vec<Use>, DatabaseError> {
    if uses.is_empty() {
        return Ok(Vec::new());
    }
    let row = |one: &Use| {
        let function = one.function.as_deref().map_or_else(|| "NULL".to_owned(), literal);
        format!("({}, {}, {function})", literal(&one.role), literal(&one.schema))
    };
    let rows: Vec<String> = uses.iter().map(row).collect();
    let mut transaction = super::record::begin(client)?;
    let found = ask(&mut transaction, &REFUSED.replace("@uses@", &rows.join(", ")))?;
    Ok(found.iter().filter_map(|row| uses.get((number(row, 0) as usize).checked_sub(1)?).cloned()).collect())
}

/// Which of these, each as SQL, a session of one of the roles can act as, or is.
pub fn acted_as(client: &mut Client, roles: &[&str], others: &[&str]) -> Result<Vec<String>, DatabaseError> {
    let list = |names: &[&str]| names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    let mut transaction = super::record::begin(client)?;
    let query = format!(
        "SELECT other.name FROM unnest(ARRAY[{}]::text[]) AS other (name)
         WHERE EXISTS (SELECT FROM pg_roles AS role WHERE role.rolname IN ({}) AND pg_has_role(role.oid, to_regrole(other.name), 'MEMBER'))",
        list(others),
        list(roles)
    );
    Ok(ask(&mut transaction, &query)?.iter().map(|row| text(row, 0)).collect())
}

const REFUSED: &str = "SELECT wanted.number
  FROM (SELECT row_number() OVER (), given.* FROM (VALUES @uses@) AS given) AS wanted (number, role, schema, function)
  JOIN pg_roles AS role ON role.rolname = wanted.role
  JOIN pg_namespace AS namespace ON namespace.nspname = wanted.schema
  WHERE CASE WHEN wanted.function IS NULL THEN NOT has_schema_privilege(role.oid, namespace.oid, 'USAGE')
    ELSE EXISTS (SELECT FROM pg_proc AS function WHERE function.pronamespace = namespace.oid AND function.proname = wanted.function
      AND NOT has_function_privilege(role.oid, function.oid, 'EXECUTE')) END
  ORDER BY wanted.number";
