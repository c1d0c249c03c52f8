//! Sequences that a new row needs. Who may draw too much from one is told by `privileges`.

use super::Check;

pub(super) const CHECKS: &[Check] = &[MISSING];

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
