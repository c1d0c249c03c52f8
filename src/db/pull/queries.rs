//! The questions that are asked of a server's catalog: one for each kind of thing, however many there are. They name what they need by number, so that no name is looked up twice.

/// What makes the answers the same for everybody.
pub(super) const PREPARE: &str = "SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; SET LOCAL jit = off; SET LOCAL lock_timeout = '5s'";

/// The version of the server, and who asks.
pub(super) const SERVER: &str = "SELECT current_setting('server_version_num'), current_setting('server_version'), current_user";

/// Relations that are nobody's extension, nor those of the record that `rowgate apply` keeps (known by the function beside them): number, schema, name, kind, whether a partition, owner, whether the owner can be acted as, schema and name of the table that a partition is a part of.
pub(super) const RELATIONS: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, pg_get_userbyid(c.relowner), \
     pg_has_role(c.relowner, 'USAGE'), w.nspname, w.relname \
     FROM pg_class c LEFT JOIN LATERAL (SELECT r.nspname, p.relname FROM pg_partition_ancestors(c.oid) a JOIN pg_class p ON p.oid = a.relid \
       JOIN pg_namespace r ON r.oid = p.relnamespace WHERE c.relispartition AND NOT p.relispartition) w ON true JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
     AND NOT (c.relname IN ('applied', 'object', 'source', 'scope', 'fact') AND EXISTS (SELECT FROM pg_proc p \
       WHERE p.pronamespace = n.oid AND p.proname = 'facts' AND p.proretset AND pg_get_function_arguments(p.oid) = 'printed boolean')) \
     ORDER BY 2, 3";

/// Names of schemas.
pub(super) const SCHEMAS: &str =
    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1";

/// References between tables: of, to, name, columns, the other's columns, whether all rows are known to keep it.
pub(super) const REFERENCES: &str = "SELECT conrelid, confrelid, conname, conkey::text, confkey::text, convalidated \
     FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY conrelid, conname";

/// Columns of the tables whose numbers stand in the place of the sign.
pub(super) const COLUMNS: &str = "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), \
     format_type(a.atttypid, NULL), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), \
     n.nspname, l.collname \
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation \
     LEFT JOIN pg_namespace n ON n.oid = l.collnamespace \
     WHERE a.attrelid = ANY ('{@}'::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

/// Indexes of all rows, on columns alone, that keep an order: table, columns that count, whether unique, whether it is the primary key. A key that is only
/// held to when a transaction ends is none.
pub(super) const INDEXES: &str = "SELECT i.indrelid, (SELECT string_agg(key::text, ',' ORDER BY place) \
     FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (key, place) WHERE place <= i.indnkeyatts), \
     i.indisunique AND i.indimmediate, i.indisprimary AND i.indimmediate \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam \
     WHERE i.indrelid = ANY ('{@}'::oid[]) AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND a.amname = 'btree' \
     ORDER BY i.indrelid, c.relname";

/// Types that are not PostgreSQL's own, and arrays of them: number, schema, name, base, base as SQL writes it with lengths and without, element, whether not empty.
pub(super) const TYPES: &str = "SELECT t.oid, n.nspname, t.typname, t.typbasetype, format_type(t.typbasetype, t.typtypmod), \
     format_type(t.typbasetype, NULL), CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END, t.typnotnull \
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace \
     WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema') AND n.nspname !~ '^pg_(toast_)?temp_'";

/// Enums with their values in order.
pub(super) const ENUMS: &str = "SELECT n.nspname, t.typname, e.enumlabel \
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid \
     WHERE n.nspname !~ '^pg_' ORDER BY 1, 2, e.enumsortorder";

/// The sequences of identity columns: table, column, schema, name.
pub(super) const IDENTITIES: &str = "SELECT d.refobjid, d.refobjsubid, n.nspname, c.relname \
     FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i' AND c.relkind = 'S' \
     AND d.refobjid = ANY ('{@}'::oid[])";
