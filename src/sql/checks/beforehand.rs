//! The same questions before the rules are in force: what will stand in their way. In: what the last step is made of, and whose rights are revoked. Out: a query of the same rows.
//!
//! What the rules make is not there yet, so that what says how it has to be is not asked; and what is revoked anyway stands in nobody's way.

use std::collections::BTreeSet;

use super::data::{self, Asker};
use super::{
    CHECKS, CONSTANT, Check, constants, grants, inspection, others, own, policies, quote, schemas, sequences, shared, tables,
    triggers,
};
use crate::encode::Encoding;
use crate::model::Model;
use crate::objects::Object;

/// Relations, and whose rights at them are revoked; without a role, everybody's.
pub type Closed = BTreeSet<(String, Option<String>)>;

/// What says how something of these rules has to be.
const AFTERWARDS: [&[Check]; 7] = [
    &[policies::OWN, tables::ROW_SECURITY],
    &[triggers::OWN, triggers::MOVES],
    grants::AFTERWARDS,
    own::CHECKS,
    others::CHECKS,
    schemas::CHECKS,
    sequences::CHECKS,
];

/// Where a right is held.
const HELD: &str = "AND entry.grantee <> class.relowner AND entry.grantee IN (SELECT grantee FROM audience)";

/// Who is there.
const ROLES: &str = "rolreplication, rolcanlogin FROM pg_roles";

/// A role of the application that is made by the rules has what everybody has.
const ROLES_TO_BE: &str = "rolreplication, rolcanlogin FROM pg_roles
  UNION ALL
  SELECT (4294967295 - row_number() OVER (ORDER BY name))::oid, name, false, true, false, false, false, false FROM application
  WHERE name NOT IN (SELECT rolname FROM pg_roles)";

/// The query whose rows are in the way, with the number of their check.
pub fn in_the_way(model: &Model, encoding: &Encoding, objects: &[Object], closed: &Closed) -> String {
    let rows = closed.iter().map(|(relation, role)| {
        vec![quote::literal(relation), role.as_ref().map_or_else(|| "NULL".to_owned(), |role| quote::literal(role))]
    });
    let revoked = constants::list("revoked", &[("relation", "regclass"), ("role", "name")], rows.collect()).text_for_anybody();
    let held = format!(
        "{HELD}
    AND NOT EXISTS (
      SELECT FROM revoked LEFT JOIN server_role AS named ON named.rolname = revoked.role
      WHERE revoked.relation = class.oid AND entry.grantor = class.relowner
        AND entry.grantee = CASE WHEN revoked.role IS NULL THEN 0::oid ELSE named.oid END)"
    );
    // Tables that are made by the rules are not there.
    let mut text = data::expressions(model, encoding, objects, Asker::Session);
    text.push_str(&format!(",\n{revoked}{CONSTANT}{}", shared::EXPRESSIONS.replace(HELD, &held).replace(ROLES, ROLES_TO_BE)));
    text.push_str("\nSELECT number, what, lets, closes, fails FROM (");
    let is_asked = |check: &Check| !AFTERWARDS.iter().copied().flatten().any(|other| other.about == check.about);
    let asked = CHECKS.iter().copied().flatten().enumerate().filter(|(_, check)| is_asked(check));
    for (place, (number, check)) in asked.enumerate() {
        let union = if place == 0 { "" } else { "UNION ALL\n" };
        let query = inspection::of(model, check.query.to_owned());
        text.push_str(&format!(
            "\n{union}SELECT {number} AS number, found.* FROM ({query}\n) AS found (what, lets, closes, fails)"
        ));
    }
    text.push_str("\n) AS finding\nWHERE fails\nORDER BY number, what, lets");
    text
}

#[cfg(test)]
mod tests {
    use super::{AFTERWARDS, CHECKS, HELD, ROLES, shared};

    #[test]
    fn what_is_left_out_and_what_is_replaced_is_there() {
        let is_check = |about: &str| CHECKS.iter().copied().flatten().any(|check| check.about == about);
        assert!(AFTERWARDS.iter().copied().flatten().all(|check| is_check(check.about)));
        assert_eq!([HELD, ROLES].map(|text| shared::EXPRESSIONS.matches(text).count()), [2, 1]);
    }
}
