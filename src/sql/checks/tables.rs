//! The project's tables themselves: row-level security, owners, indexes.

use super::Check;

pub(super) const CHECKS: &[Check] = &[ROW_SECURITY, OWNERS, INDEXES];

const ROW_SECURITY: Check = Check {
    about: "Tables that no policy is asked for, or not when their owner reads them.",
    query: r"
  SELECT class.oid::regclass::text, 'row-level security is not enabled and forced',
    format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s FORCE ROW LEVEL SECURITY', class.oid::regclass), true
  FROM project
  JOIN pg_class AS class ON class.oid = project.relation
  WHERE NOT (class.relrowsecurity AND class.relforcerowsecurity)",
};

/// A login that owns the tables and is a member of a role is another matter, and told by `roles`.
const OWNERS: Check = Check {
    about: "Tables that belong to an application role, which can undo any policy.",
    query: r"
  SELECT class.oid::regclass::text, format('belongs to %I, a role of the application', pg_get_userbyid(class.relowner)),
    format('ALTER TABLE %s OWNER TO %I', class.oid::regclass, current_user), true
  FROM project
  JOIN pg_class AS class ON class.oid = project.relation
  JOIN app ON app.oid = class.relowner",
};

const INDEXES: Check = Check {
    about: "Indexes that an interrupted CONCURRENTLY left behind: they are kept up to date and never used.",
    query: r"
  SELECT index.indexrelid::regclass::text, format('is an invalid index of %s', index.indrelid::regclass),
    format('REINDEX INDEX CONCURRENTLY %s', index.indexrelid::regclass), false
  FROM project
  JOIN pg_index AS index ON index.indrelid = project.relation
  WHERE NOT index.indisvalid",
};
