//! Sequences that a new row needs. Who may draw too much from one is told by `privileges`.

use super::Check;

pub(super) const CHECKS: &[Check] = &[MISSING, OWNERS];

/// Nothing can be had that should not, so the script goes on.
const MISSING: Check = Check {
    about: "Columns that draw their default from a sequence which somebody who creates rows may not use.",
    query: r"
  SELECT sequence.sequence::regclass::text, format('%I may create records of %s, whose column %I draws from it, and may not use it',
      role.rolname, sequence.relation::regclass, attribute.attname),
    format('GRANT USAGE ON SEQUENCE %s TO %I', sequence.sequence::regclass, role.rolname), false
  FROM sequence
  JOIN pg_attribute AS attribute ON attribute.attrelid = sequence.relation AND attribute.attnum = sequence.attribute
  JOIN allowed ON allowed.relation = sequence.relation
  JOIN server_role AS role ON role.rolname = allowed.role
  WHERE attribute.atthasdef AND attribute.attidentity = ''
    AND (allowed.creatable IS NULL OR attribute.attname = ANY (allowed.creatable))
    AND NOT EXISTS (
      SELECT FROM held
      WHERE held.relation = sequence.sequence AND held.privilege IN ('USAGE', 'UPDATE')
        AND (held.grantee = 0 OR held.grantee IN (SELECT act.role FROM act WHERE act.login = role.oid)))",
};

/// That of a column goes with its table, which is told of by itself.
const OWNERS: Check = Check {
    about: "Sequences that number records, and belong to an application role, which may begin them again.",
    query: r"
  SELECT DISTINCT sequence.sequence::regclass::text, format('belongs to %I, a role of the application, which can say which numbers come next', role.rolname),
    format('ALTER SEQUENCE %s OWNER TO %I', sequence.sequence::regclass, pg_get_userbyid(numbered.relowner)), true
  FROM sequence
  JOIN pg_class AS class ON class.oid = sequence.sequence
  JOIN pg_class AS numbered ON numbered.oid = sequence.relation AND numbered.relowner <> class.relowner
  JOIN server_role AS role ON role.oid = class.relowner
  WHERE role.oid IN (SELECT oid FROM app UNION SELECT role FROM reached)",
};
