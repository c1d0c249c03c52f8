//! Tables of others: what look-ups see of them.

use super::Check;
use super::constants::{Constants, list};
use super::quote;
use crate::model::Model;
use crate::objects::{Definition, Object};

pub(super) const CHECKS: &[Check] = &[HIDDEN, OWNERS];

/// The windows, with the tables that they show, as a common table expression.
pub(super) fn windows(objects: &[Object]) -> Constants {
    let made = objects.iter().filter_map(|object| match &object.definition {
        Definition::Function(function) => {
            let shows = function.shows.as_ref()?;
            Some(vec![quote::literal(&function.signature()), quote::literal(&quote::qualified(shows))])
        }
        _ => None,
    });
    list("shown", &[("signature", "text"), ("relation", "regclass")], made.collect())
}

/// Tables of which nothing is changed, and whose owner answers for who may use them.
pub(super) fn external(model: &Model) -> Constants {
    let tables = model.catalog.tables().filter(|(_, table)| table.is_external());
    list(
        "external",
        &[("relation", "regclass")],
        tables.map(|(_, table)| vec![quote::literal(&quote::qualified(&table.name))]).collect(),
    )
}

/// Tables on which policies are all that these rules make.
pub(super) fn policies_only(model: &Model) -> Constants {
    let tables = model.catalog.tables().filter(|(_, table)| table.takes_policies_only());
    list(
        "policies_only",
        &[("relation", "regclass")],
        tables.map(|(_, table)| vec![quote::literal(&quote::qualified(&table.name))]).collect(),
    )
}

/// It would raise an error at the first look-up.
const HIDDEN: Check = Check {
    about: "Tables of others that do not show all of their rows to whoever reads them for the look-ups.",
    query: r"
  SELECT shown.relation::text, format('look-ups read it as %I, to whom row-level security may hide rows', owner.rolname),
    format('SET ROLE %I; CREATE POLICY rowgate_window ON %s FOR SELECT TO %I USING (true); RESET ROLE', pg_get_userbyid(class.relowner), shown.relation, owner.rolname), true
  FROM shown
  JOIN pg_proc AS function ON function.oid = to_regprocedure(shown.signature)
  JOIN server_role AS owner ON owner.oid = function.proowner
  JOIN pg_class AS class ON class.oid = shown.relation
  CROSS JOIN LATERAL (
    WITH RECURSIVE own (oid) AS (
      SELECT function.proowner
      UNION
      SELECT edge.role FROM own JOIN edge ON edge.member = own.oid WHERE edge.inherits
    )
    SELECT array_agg(own.oid) FROM own
  ) AS rights (roles)
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE policy.polpermissive AND pg_get_expr(policy.polqual, policy.polrelid) = 'true') > 0
      AND count(*) FILTER (WHERE NOT policy.polpermissive) = 0
    FROM pg_policy AS policy
    WHERE policy.polrelid = shown.relation AND policy.polcmd IN ('r', '*') AND (0 = ANY (policy.polroles) OR policy.polroles && rights.roles)
  ) AS policy (shows_all)
  WHERE class.relrowsecurity AND NOT owner.rolsuper AND NOT owner.rolbypassrls AND NOT policy.shows_all
    AND (class.relforcerowsecurity OR class.relowner <> ALL (rights.roles))
  GROUP BY shown.relation, owner.rolname, class.relowner",
};

/// Whoever owns it may replace it.
const OWNERS: Check = Check {
    about: "What look-ups see of tables of others, and belongs to a role of the application.",
    query: r"
  SELECT shown.signature, format('belongs to %I, which can act as a role of the application', pg_get_userbyid(function.proowner)),
    format('ALTER FUNCTION %s OWNER TO %I', shown.signature, (SELECT name FROM keeper)), true
  FROM shown
  JOIN pg_proc AS function ON function.oid = to_regprocedure(shown.signature)
  WHERE function.proowner IN (SELECT login FROM acting UNION SELECT role FROM reached)",
};
