//! What the application may do with tables before there are rules. In: a connection and its roles. Out: how far each table is open.

use std::collections::BTreeMap;

use super::rows::{ask, is, text};
use super::{Client, DatabaseError};
use crate::objects::quote;
use crate::objects::template::fill;

/// How far a table is open to the application before there are rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openness {
    /// Each of its roles may do everything with every row.
    Whole,
    /// Some may do something.
    Partly,
}

/// How far tables are open to these roles, by what is granted to them, to what they belong to, and to everybody; those that are not open at all are missing.
pub fn read_openness(client: &mut Client, roles: &[String]) -> Result<BTreeMap<String, Openness>, DatabaseError> {
    let mut transaction = super::record::begin(client)?;
    let roles: Vec<String> = roles.iter().map(|role| quote::literal(role)).collect();
    let rows = ask(&mut transaction, &fill(OPENNESS, &[("roles", &roles.join(", "))]))?;
    let openness = |row: &postgres::SimpleQueryRow| if is(row, 1) { Openness::Whole } else { Openness::Partly };
    Ok(rows.iter().map(|row| (text(row, 0), openness(row))).collect())
}

/// A table with row-level security and no policy shows nobody anything. A role that is still to be made holds what everybody does.
const OPENNESS: &str = "WITH RECURSIVE belongs (role, to_role) AS (
  SELECT wanted.name, first.oid FROM unnest(ARRAY[@roles@]::name[]) AS wanted (name) LEFT JOIN pg_roles AS role ON role.rolname = wanted.name
  CROSS JOIN LATERAL (VALUES (role.oid), (0::oid)) AS first (oid) WHERE first.oid IS NOT NULL
  UNION SELECT belongs.role, given.roleid FROM belongs JOIN pg_auth_members AS given ON given.member = belongs.to_role
), held (relation, role, privileges) AS (
  SELECT class.oid, belongs.role, count(DISTINCT entry.privilege_type) FILTER (WHERE entry.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))
  FROM pg_class AS class
  CROSS JOIN LATERAL (
    SELECT grantee, privilege_type FROM aclexplode(class.relacl)
    UNION ALL
    SELECT column_entry.grantee, NULL FROM pg_attribute AS attribute, aclexplode(attribute.attacl) AS column_entry WHERE attribute.attrelid = class.oid
  ) AS entry
  JOIN belongs ON belongs.to_role = entry.grantee
  WHERE class.relkind IN ('r', 'p') AND (NOT class.relrowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid))
  GROUP BY class.oid, belongs.role
)
SELECT format('%I.%I', namespace.nspname, class.relname),
  bool_and(held.privileges = 4) AND count(*) = (SELECT count(DISTINCT role) FROM belongs) AND NOT class.relrowsecurity
FROM held
JOIN pg_class AS class ON class.oid = held.relation
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
GROUP BY class.oid, namespace.nspname, class.relname, class.relrowsecurity";
