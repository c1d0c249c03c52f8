//! Which rights to use something are gone that the rules take for granted. In: a connection, and who uses what. Out: those that are missing.

use postgres::Client;

use super::DatabaseError;
use super::rows::{ask, number};
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

const REFUSED: &str = "SELECT wanted.number
  FROM (SELECT row_number() OVER (), given.* FROM (VALUES @uses@) AS given) AS wanted (number, role, schema, function)
  JOIN pg_roles AS role ON role.rolname = wanted.role
  JOIN pg_namespace AS namespace ON namespace.nspname = wanted.schema
  WHERE CASE WHEN wanted.function IS NULL THEN NOT has_schema_privilege(role.oid, namespace.oid, 'USAGE')
    ELSE EXISTS (SELECT FROM pg_proc AS function WHERE function.pronamespace = namespace.oid AND function.proname = wanted.function
      AND NOT has_function_privilege(role.oid, function.oid, 'EXECUTE')) END
  ORDER BY wanted.number";
