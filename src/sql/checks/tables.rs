//! The project's tables themselves: row-level security, owners, indexes.

use super::Check;

pub(super) const CHECKS: &[Check] = &[ROW_SECURITY, OWNERS, KEYS, UNIQUE, COLUMNS, VALUES, CLOSED, INDEXES];

pub(super) const ROW_SECURITY: Check = Check {
    about: "Tables that no policy is asked for, or not when their owner reads them.",
    query: r"
  SELECT class.oid::regclass::text, CASE WHEN meant.unforced THEN 'row-level security is not enabled' ELSE 'row-level security is not enabled and forced' END,
    format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', class.oid::regclass)
      || CASE WHEN meant.unforced THEN '' ELSE format('; ALTER TABLE %s FORCE ROW LEVEL SECURITY', class.oid::regclass) END, true
  FROM project
  JOIN pg_class AS class ON class.oid = project.relation
  CROSS JOIN LATERAL (SELECT project.relation IN (SELECT relation FROM unforced)) AS meant (unforced)
  WHERE NOT (class.relrowsecurity AND (class.relforcerowsecurity OR meant.unforced))",
};

/// A login that owns the tables and is a member of a role is another matter, and told by `roles`.
const OWNERS: Check = Check {
    about: "Tables that belong to an application role, which can undo any policy.",
    query: r"
  SELECT class.oid::regclass::text, format('belongs to %I, a role of the application', pg_get_userbyid(class.relowner)),
    format('ALTER TABLE %s OWNER TO %I', class.oid::regclass, (SELECT name FROM keeper)), true
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
  JOIN pg_constraint AS key ON key.conrelid = followed.relation AND key.contype IN ('p', 'u') AND followed.names =
    (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute WHERE attrelid = key.conrelid AND attnum = ANY (key.conkey))
  WHERE key.condeferrable AND NOT EXISTS (
    SELECT FROM pg_index AS index
    WHERE index.indrelid = key.conrelid AND index.indisunique AND index.indimmediate AND index.indisvalid AND index.indpred IS NULL
      AND index.indnkeyatts = cardinality(followed.names) AND followed.names =
        (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute
         WHERE attrelid = index.indrelid AND attnum = ANY ((index.indkey::int2[])[0:index.indnkeyatts - 1])))",
};

/// Where two records may have the value for good, whoever may write one makes it another's. A partitioned table has no key without what it is
/// partitioned by (manual section 5.11), so that there it is told and no more.
const UNIQUE: Check = Check {
    about: "Columns that records are found by, that two records may have, and that the application may write.",
    query: r"
  SELECT format(CASE cardinality(followed.names) WHEN 1 THEN '%s.%s' ELSE '%s (%s)' END, followed.relation, listed.names), format('has no unique index: a record with the value of another one passes for it, and %s may write one',
      string_agg(DISTINCT quote_ident(allowed.role), ', ')),
    CASE WHEN class.relkind <> 'p' THEN format('CREATE UNIQUE INDEX ON %s (%s)', followed.relation, listed.names) END, class.relkind <> 'p'
  FROM followed
  JOIN pg_class AS class ON class.oid = followed.relation
  CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) AS names, count(*) AS number FROM pg_attribute
    WHERE attrelid = followed.relation AND attname = ANY (followed.names) AND NOT attisdropped) AS listed
  JOIN allowed ON allowed.relation = followed.relation
  WHERE listed.number = cardinality(followed.names)
    AND (allowed.creatable IS NULL OR allowed.updatable IS NULL OR followed.names::text[] && (allowed.creatable || allowed.updatable))
    AND NOT EXISTS (
      SELECT FROM pg_index AS index
      WHERE index.indrelid = followed.relation AND index.indisunique AND index.indisvalid AND index.indpred IS NULL
        AND index.indnkeyatts = cardinality(followed.names) AND followed.names =
          (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute
           WHERE attrelid = index.indrelid AND attnum = ANY ((index.indkey::int2[])[0:index.indnkeyatts - 1])))
  GROUP BY followed.relation, followed.names, listed.names, class.relkind",
};

/// A grant of all fields is one of the whole table: nobody has decided about a column that came later. What is no more in the schema file stays until it is
/// dropped, so the script goes on.
pub(super) const COLUMNS: Check = Check {
    about: "Columns that the schema file does not know, and that the application may read or write as all others.",
    query: r"
  SELECT format('%s.%I', known.relation, attribute.attname), concat('is a column that the schema file does not know, and ',
      string_agg(DISTINCT quote_ident(allowed.role), ', '), ' may use it as all others; ',
      'name it there, and in the rules the fields that are meant'), NULL, false
  FROM known
  JOIN pg_attribute AS attribute ON attribute.attrelid = known.relation AND attribute.attnum > 0 AND NOT attribute.attisdropped
  JOIN allowed ON allowed.relation = known.relation
  WHERE attribute.attname <> ALL (known.columns)
    AND (allowed.readable IS NULL OR allowed.creatable IS NULL OR allowed.updatable IS NULL)
  GROUP BY known.relation, attribute.attname",
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

/// Where the schema file is wrong, every record would be refused that does not give the field, and nobody may give it.
const CLOSED: Check = Check {
    about: "Columns that somebody who writes may not give, whose default is not in the schema file, or the reverse.",
    query: r"
  SELECT format('%s.%I', told.relation, told.name), CASE
      WHEN told.default_value = 'GENERATED ALWAYS'
      THEN 'is not computed by the database, and the schema file says so (`generated: true`): by the default of a view, it could be given a value'
      WHEN told.default_value IS NOT NULL THEN format('has no default, and %s in the schema file, with which new records are compared', told.default_value)
      WHEN attribute.attidentity <> '' THEN 'is numbered by the database: the schema file has to say `identity: true`'
      WHEN pg_get_expr(given.adbin, given.adrelid) LIKE 'nextval(%'
      THEN format('has the default %s: the schema file has to say which sequence that is (`sequence:`)', pg_get_expr(given.adbin, given.adrelid))
      ELSE format('has the default %s, which the schema file has to say (`default:`): new records are compared with it',
        coalesce(pg_get_expr(given.adbin, given.adrelid), type.typdefault)) END,
    NULL, true
  FROM closed_field AS told
  JOIN pg_attribute AS attribute ON attribute.attrelid = told.relation AND attribute.attname = told.name
  JOIN pg_type AS type ON type.oid = attribute.atttypid
  LEFT JOIN pg_attrdef AS given ON given.adrelid = attribute.attrelid AND given.adnum = attribute.attnum
  CROSS JOIN LATERAL (SELECT given.oid IS NOT NULL OR type.typdefault IS NOT NULL OR attribute.attidentity <> '') AS found (has_default)
  WHERE CASE WHEN told.default_value IS NULL THEN found.has_default
    WHEN told.default_value = 'GENERATED ALWAYS' THEN attribute.attgenerated = ''
    ELSE NOT found.has_default AND upper(told.default_value) NOT LIKE 'NULL%' END",
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
