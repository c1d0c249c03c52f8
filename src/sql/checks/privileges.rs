//! Privileges on the project's tables, their columns and their sequences, beyond what the rules give. What counts is who can come to use
//! them: the application's roles, logins that can act as one, groups that these belong to, PUBLIC.

use super::Check;

pub(super) const CHECKS: &[Check] = &[BEYOND];

/// Where only policies are made, what these decide about may be granted to anybody; what they do not, stays.
///
/// A privilege on the table covers columns that are added later, so it is too much where the rules name columns. Revoking it takes the
/// columns' privileges along, which an application role gets back.
const BEYOND: Check = Check {
    about: "Privileges beyond the rules, of whoever can act as an application role. What somebody else granted, only they revoke.",
    query: r"
  SELECT found.relation::regclass::text, format('more is granted than the rules allow: %s holds %s%s', grantee.name,
      string_agg(found.what, ', ' ORDER BY found.what), ' and can act as ' || max(of_login.names)),
    concat(
      CASE WHEN found.grantor <> class.relowner THEN format('SET ROLE %I; ', pg_get_userbyid(found.grantor)) END,
      format('REVOKE %s ON %s%s FROM %s', string_agg(found.what, ', ' ORDER BY found.what),
        CASE class.relkind WHEN 'S' THEN 'SEQUENCE ' END, found.relation::regclass, grantee.name),
      CASE WHEN found.grantor <> class.relowner THEN '; RESET ROLE' END,
      string_agg(format('; GRANT %s (%s) ON %s TO %s', found.privilege, kept.columns, found.relation::regclass, grantee.name), ''
        ORDER BY found.what) FILTER (WHERE kept.columns IS NOT NULL)), true
  FROM (
    SELECT one.relation, one.grantee, one.grantor, one.privilege, one.is_whole,
      concat(one.privilege, ' (' || string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) || ')') AS what
    FROM (
      SELECT DISTINCT held.relation, held.attribute, held.grantee, held.grantor, held.privilege, held.attribute = 0 AS is_whole
      FROM held
      JOIN audience ON audience.grantee = held.grantee
      JOIN grantee ON grantee.oid = held.grantee
      JOIN pg_class AS class ON class.oid = held.relation
      JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
      WHERE held.relation IN (
          SELECT relation FROM project
          UNION SELECT sequence FROM sequence WHERE relation NOT IN (SELECT relation FROM policies_only)
          UNION SELECT sequence FROM drawn)
        AND NOT (held.relation IN (SELECT relation FROM policies_only) AND (
          held.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') OR EXISTS (
            SELECT FROM accepted
            WHERE accepted.kind = 'privilege' AND accepted.schema = namespace.nspname AND accepted.name = class.relname
              AND quote_ident(split_part(accepted.part, ' TO ', 2)) = grantee.name AND split_part(accepted.part, ' TO ', 1) = held.privilege)))
        AND NOT EXISTS (
          SELECT FROM permitted
          WHERE permitted.roles = audience.roles AND permitted.relation = held.relation AND permitted.privilege = held.privilege
            AND permitted.attribute IN (0, held.attribute))
    ) AS one
    LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = one.relation AND attribute.attnum = one.attribute AND NOT one.is_whole
    GROUP BY one.relation, one.grantee, one.grantor, one.privilege, one.is_whole
  ) AS found
  JOIN grantee ON grantee.oid = found.grantee
  JOIN pg_class AS class ON class.oid = found.relation
  LEFT JOIN (
    SELECT acting.login, string_agg(quote_ident(role.rolname), ', ' ORDER BY role.rolname)
    FROM acting
    JOIN server_role AS role ON role.oid = ANY (acting.roles)
    WHERE acting.login NOT IN (SELECT oid FROM app)
    GROUP BY acting.login
  ) AS of_login (login, names) ON of_login.login = found.grantee
  LEFT JOIN (
    SELECT granted.role, granted.relation, granted.privilege, string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum)
    FROM granted
    JOIN pg_attribute AS attribute ON attribute.attrelid = granted.relation AND attribute.attnum = granted.attribute
    GROUP BY granted.role, granted.relation, granted.privilege
  ) AS kept (role, relation, privilege, columns)
    ON found.is_whole AND kept.role = found.grantee AND kept.relation = found.relation AND kept.privilege = found.privilege
  GROUP BY found.relation, found.grantee, found.grantor, grantee.name, class.relowner, class.relkind",
};
