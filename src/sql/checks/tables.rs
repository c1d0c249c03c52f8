//! The project's tables themselves: row-level security, owners, indexes.

use super::Check;

pub(super) const CHECKS: &[Check] = &[ROW_SECURITY, OWNERS, KEYS, VALUES, INDEXES];

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

/// A key that may be deferred is asked about when the transaction ends (manual, CREATE TABLE, DEFERRABLE): until then, who may create a record can
/// give it the key of another one, and rules that follow the key find both.
const KEYS: Check = Check {
    about: "Keys that records are found by, and that two records may have until a transaction ends.",
    query: r"
  SELECT key.conrelid::regclass::text, format('the key %I is DEFERRABLE: until a transaction ends, a new record with the key of another one passes for it', key.conname),
    format('ALTER TABLE %1$s DROP CONSTRAINT %2$I; ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s', key.conrelid::regclass, key.conname,
      regexp_replace(pg_get_constraintdef(key.oid), ' DEFERRABLE( INITIALLY DEFERRED)?$', '')), true
  FROM followed
  JOIN pg_attribute AS attribute ON attribute.attrelid = followed.relation AND attribute.attname = followed.name
  JOIN pg_constraint AS key ON key.conrelid = attribute.attrelid AND key.conkey = ARRAY[attribute.attnum] AND key.contype IN ('p', 'u')
  WHERE key.condeferrable AND NOT EXISTS (
    SELECT FROM pg_index AS index
    WHERE index.indrelid = key.conrelid AND index.indisunique AND index.indimmediate AND index.indisvalid AND index.indpred IS NULL
      AND index.indnkeyatts = 1 AND index.indkey[0] = attribute.attnum)",
};

/// Where the schema file is wrong, a supplied value would count as not supplied: empty, or the default of the file.
const VALUES: Check = Check {
    about: "Columns that some grants to create name and others do not, whose default is not in the schema file, or the reverse.",
    query: r"
  SELECT format('%s.%I', told.relation, told.name), CASE WHEN told.default_value IS NULL
      THEN format('has the default %s, and none in the schema file: who may not give it a value could make it empty',
        coalesce(pg_get_expr(given.adbin, given.adrelid), type.typdefault))
      ELSE format('has no default, and %s in the schema file: who may not give it a value could give it this one', told.default_value) END,
    format('ALTER TABLE %s ALTER %I %s', told.relation, told.name, CASE WHEN told.default_value IS NULL AND given.oid IS NOT NULL THEN 'DROP DEFAULT'
      ELSE 'SET DEFAULT ' || coalesce(told.default_value, 'NULL') END), true
  FROM partly_granted AS told
  JOIN pg_attribute AS attribute ON attribute.attrelid = told.relation AND attribute.attname = told.name
  JOIN pg_type AS type ON type.oid = attribute.atttypid
  LEFT JOIN pg_attrdef AS given ON given.adrelid = attribute.attrelid AND given.adnum = attribute.attnum
  WHERE CASE WHEN told.default_value IS NULL THEN (given.oid IS NOT NULL OR type.typdefault IS NOT NULL) AND NOT attribute.attnotnull
    ELSE given.oid IS NULL AND type.typdefault IS NULL AND attribute.attidentity = '' AND upper(told.default_value) NOT LIKE 'NULL%' END",
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
