//! Who may do less at a table when the rules come into force, whoever gave it to them.

use postgres::Client;

use super::texts;
use crate::db::DatabaseError;
use crate::db::record::begin;
use crate::db::rows::{ask, text};
use crate::plan::Needs;

/// What somebody loses at a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    /// Why.
    pub why: Why,
    /// The role.
    pub who: String,
    /// The table or sequence.
    pub relation: String,
    /// The rights, as SQL has them.
    pub rights: String,
}

/// Why somebody loses a right, or the rows that it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It was everybody's.
    Public,
    /// A role of the application has what the rules give, and nothing else.
    Rules,
    /// The right stays, and no row is found: row-level security is on from then, and no rule is for the role.
    Rows,
    /// The right stays, and no row is found: the policy for it is dropped.
    Policy,
    /// The owner, whom no policy has held so far.
    Owner,
}

/// All losses, in order.
pub fn read_losses(client: &mut Client, needs: &Needs) -> Result<Vec<Loss>, DatabaseError> {
    let closed = needs.closed.iter().map(|(relation, role)| vec![Some(relation.as_str()), role.as_deref()]);
    let given = needs.given.iter().map(|given| {
        vec![Some(given.relation.as_str()), Some(given.role.as_str()), Some(given.privilege), given.column.as_deref()]
    });
    let enabled = needs.enabled.iter().map(|(table, forced)| vec![Some(table.as_str()), forced.then_some("forced")]);
    let dropped = needs.dropped.iter().map(|(table, name)| vec![Some(table.as_str()), Some(name.as_str())]);
    let query = format!(
        "WITH {},\n{},\n{},\n{}{LOSSES}",
        texts("closed", &["relation", "role"], closed),
        texts("given", &["relation", "role", "privilege", "attribute"], given),
        texts("enabled", &["relation", "forced"], enabled),
        texts("dropped", &["relation", "policy"], dropped),
    );
    let mut transaction = begin(client)?;
    let mut losses: Vec<Loss> = ask(&mut transaction, &query)?
        .iter()
        .map(|row| Loss { why: why(&text(row, 0)), who: text(row, 1), relation: text(row, 2), rights: text(row, 3) })
        .collect();
    losses.sort();
    Ok(losses)
}

fn why(word: &str) -> Why {
    match word {
        "public" => Why::Public,
        "rows" => Why::Rows,
        "policy" => Why::Policy,
        "owner" => Why::Owner,
        _ => Why::Rules,
    }
}

/// Of whom somebody is only a member, the loss is told of that one. Superusers lose nothing, and the owner no right. Who bypasses row-level security loses no rows.
///
/// What an application role keeps of a command is a list of columns: it loses the others, and is told by the command and what stays. Rights that were granted by somebody else than the
/// owner are not taken by a REVOKE of the owner's.
const LOSSES: &str = r"
, place AS MATERIALIZED (
  SELECT to_regclass(named.relation) AS oid, named.relation FROM (
    SELECT relation FROM closed UNION SELECT relation FROM enabled UNION SELECT relation FROM dropped) AS named
), class AS MATERIALIZED (
  SELECT place.relation, class.oid, class.relowner, class.relrowsecurity, class.relforcerowsecurity, class.relkind
  FROM place JOIN pg_class AS class ON class.oid = place.oid
), right_held (oid, relation, grantee, grantor, privilege, attribute) AS MATERIALIZED (
  SELECT class.oid, class.relation, entry.grantee, entry.grantor, entry.privilege_type, NULL::name
  FROM class JOIN pg_class AS own ON own.oid = class.oid CROSS JOIN LATERAL aclexplode(own.relacl) AS entry
  WHERE entry.grantee <> class.relowner
  UNION ALL
  SELECT class.oid, class.relation, entry.grantee, entry.grantor, entry.privilege_type, attribute.attname
  FROM class
  JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
  CROSS JOIN LATERAL aclexplode(attribute.attacl) AS entry
  WHERE entry.grantee <> class.relowner
), role AS MATERIALIZED (
  SELECT oid, rolname::text AS name, rolcanlogin, rolbypassrls FROM pg_roles
  WHERE NOT rolsuper AND rolname !~ '^pg_' AND (rolcanlogin OR oid IN (SELECT grantee FROM right_held) OR rolname IN (SELECT closed.role FROM closed))
), application AS MATERIALIZED (
  SELECT role.oid, role.name FROM role WHERE role.name IN (SELECT closed.role FROM closed UNION SELECT given.role FROM given)
), of_application (member) AS MATERIALIZED (
  SELECT DISTINCT role.oid FROM role JOIN application ON pg_has_role(role.oid, application.oid, 'USAGE')
), going AS MATERIALIZED (
  -- What is revoked.
  SELECT right_held.*
  FROM right_held
  JOIN class ON class.oid = right_held.oid AND class.relowner = right_held.grantor
  JOIN closed ON closed.relation = right_held.relation
  LEFT JOIN pg_roles AS named ON named.rolname = closed.role
  WHERE right_held.grantee = coalesce(named.oid, 0) AND (closed.role IS NULL OR named.oid IS NOT NULL)
), lost (why, role, name, oid, relation, privilege, attribute) AS (
  SELECT CASE WHEN role.oid IN (SELECT oid FROM application) THEN 'rules' ELSE 'public' END,
    role.oid, role.name, going.oid, going.relation, going.privilege, going.attribute
  FROM going
  JOIN class ON class.oid = going.oid
  JOIN role ON role.oid = going.grantee OR going.grantee = 0
  WHERE role.oid <> class.relowner AND NOT pg_has_role(role.oid, class.relowner, 'USAGE')
    -- Members of an application role have what that has.
    AND (role.oid IN (SELECT oid FROM application) OR role.oid NOT IN (SELECT member FROM of_application))
    AND NOT EXISTS (
      SELECT FROM given
      WHERE given.relation = going.relation AND given.privilege = going.privilege AND (given.attribute IS NULL OR given.attribute = going.attribute)
        AND to_regrole(quote_ident(given.role)) IS NOT NULL AND pg_has_role(role.oid, to_regrole(quote_ident(given.role)), 'USAGE'))
    -- A list of all columns is all that there is.
    AND NOT (going.attribute IS NULL AND going.privilege IN ('SELECT', 'INSERT', 'UPDATE') AND NOT EXISTS (
      SELECT FROM pg_attribute AS attribute
      WHERE attribute.attrelid = going.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        AND NOT EXISTS (
          SELECT FROM given
          WHERE given.relation = going.relation AND given.privilege = going.privilege AND given.attribute = attribute.attname
            AND to_regrole(quote_ident(given.role)) IS NOT NULL AND pg_has_role(role.oid, to_regrole(quote_ident(given.role)), 'USAGE'))))
    AND NOT EXISTS (
      SELECT FROM right_held AS other
      WHERE other.oid = going.oid AND other.privilege = going.privilege AND (other.attribute IS NULL OR other.attribute = going.attribute)
        AND NOT EXISTS (
          SELECT FROM going AS gone
          WHERE gone.oid = other.oid AND gone.grantee = other.grantee AND gone.grantor = other.grantor AND gone.privilege = other.privilege
            AND gone.attribute IS NOT DISTINCT FROM other.attribute)
        AND CASE WHEN other.grantee = 0 THEN true ELSE pg_has_role(role.oid, other.grantee, 'USAGE') END)
    AND NOT (going.privilege = 'SELECT' AND pg_has_role(role.oid, 'pg_read_all_data', 'USAGE'))
    AND NOT (going.privilege IN ('INSERT', 'UPDATE', 'DELETE') AND pg_has_role(role.oid, 'pg_write_all_data', 'USAGE'))
  UNION
  -- Who keeps the right, and finds no row.
  SELECT shown.why, role.oid, role.name, right_held.oid, right_held.relation, right_held.privilege, right_held.attribute
  FROM right_held
  JOIN class ON class.oid = right_held.oid
  JOIN role ON role.oid = right_held.grantee
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN NOT class.relrowsecurity THEN CASE WHEN right_held.relation IN (SELECT enabled.relation FROM enabled) THEN 'rows' END
      WHEN EXISTS (
        SELECT FROM dropped JOIN pg_policy AS policy ON policy.polrelid = class.oid AND policy.polname = dropped.policy
        WHERE dropped.relation = class.relation AND policy.polpermissive
          AND policy.polcmd IN ('*', CASE right_held.privilege WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' ELSE 'd' END)
          AND (0 = ANY (policy.polroles) OR EXISTS (SELECT FROM unnest(policy.polroles) AS named WHERE pg_has_role(role.oid, named, 'USAGE')))) THEN 'policy'
    END
  ) AS shown (why)
  WHERE shown.why IS NOT NULL AND class.relkind <> 'S' AND NOT role.rolbypassrls AND right_held.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    AND role.oid NOT IN (SELECT member FROM of_application) AND NOT pg_has_role(role.oid, class.relowner, 'USAGE')
    AND NOT EXISTS (
      SELECT FROM going
      WHERE going.oid = right_held.oid AND going.grantee = right_held.grantee AND going.privilege = right_held.privilege)
  UNION
  SELECT 'owner', role.oid, role.name, class.oid, class.relation, 'SELECT', NULL
  FROM class
  JOIN enabled ON enabled.relation = class.relation AND enabled.forced IS NOT NULL
  JOIN pg_roles AS owner ON owner.oid = class.relowner AND NOT owner.rolsuper AND NOT owner.rolbypassrls
  JOIN LATERAL (SELECT owner.oid, owner.rolname::text AS name) AS role ON true
  WHERE NOT (class.relrowsecurity AND class.relforcerowsecurity) AND owner.oid NOT IN (SELECT member FROM of_application)
)
SELECT told.why, quote_ident(told.name), told.oid::regclass::text, string_agg(told.what, ', ' ORDER BY told.place, told.what)
FROM (
  SELECT lost.why, lost.name, lost.oid, concat(lost.privilege, CASE WHEN bool_and(lost.attribute IS NOT NULL)
      THEN ' (' || string_agg(DISTINCT quote_ident(lost.attribute), ', ') || ')'
      ELSE (
        -- Those that are lost, or those that stay, whichever are fewer.
        SELECT CASE WHEN count(*) FILTER (WHERE kept.stays) = 0 THEN ''
          WHEN count(*) FILTER (WHERE NOT kept.stays) < count(*) FILTER (WHERE kept.stays)
          THEN ' (' || string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) FILTER (WHERE NOT kept.stays) || ')'
          ELSE ' (all but ' || string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) FILTER (WHERE kept.stays) || ')' END
        FROM pg_attribute AS attribute
        CROSS JOIN LATERAL (SELECT EXISTS (
          SELECT FROM given
          WHERE given.relation = lost.relation AND given.privilege = lost.privilege AND given.role = lost.name AND given.attribute = attribute.attname)) AS kept (stays)
        WHERE attribute.attrelid = lost.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped) END) AS what,
    array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], lost.privilege) AS place
  FROM lost
  GROUP BY lost.why, lost.name, lost.oid, lost.relation, lost.privilege
) AS told
GROUP BY told.why, told.name, told.oid
ORDER BY 1, 2, 3";
