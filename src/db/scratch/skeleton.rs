//! What a script needs to be there before it runs: tables without rows, types, sequences, and functions that say what they take and give. In: a question to the
//! database that has all of it. Out: statements for an empty one.

/// One row for each statement, in the order in which they run. What is needed is what the script (`@script@`) names, and what that is made of; the schemas of
/// `@own@` are the script's to make. It expects `search_path = pg_catalog`.
pub(super) const SKELETON: &str = r"WITH RECURSIVE script (text) AS (SELECT @script@),
foreign_schema (oid, name) AS (
  SELECT namespace.oid, namespace.nspname FROM pg_namespace AS namespace
  WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema' AND NOT namespace.nspname = ANY (ARRAY[@own@]::name[])
), of_extension (classid, objid, extension) AS (
  SELECT classid, objid, refobjid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
), relation (oid, name) AS (
  SELECT class.oid, format('%I.%I', foreign_schema.name, class.relname)
  FROM pg_class AS class
  JOIN foreign_schema ON foreign_schema.oid = class.relnamespace
  JOIN script ON strpos(script.text, format('%I.%I', foreign_schema.name, class.relname)) > 0
  WHERE class.relkind IN ('r', 'p', 'f', 'v', 'm')
    AND NOT EXISTS (SELECT FROM of_extension WHERE classid = 'pg_class'::regclass AND objid = class.oid)
), column_of (relation, number, name, type, written, collated, identity) AS (
  SELECT attribute.attrelid, attribute.attnum, attribute.attname, attribute.atttypid, format_type(attribute.atttypid, attribute.atttypmod),
    (SELECT format(' COLLATE %I.%I', namespace.nspname, known.collname) FROM pg_collation AS known
      JOIN pg_namespace AS namespace ON namespace.oid = known.collnamespace
      WHERE known.oid = attribute.attcollation AND attribute.attcollation <> type.typcollation),
    attribute.attidentity
  FROM pg_attribute AS attribute
  JOIN pg_type AS type ON type.oid = attribute.atttypid
  WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
), called (oid, name) AS (
  SELECT function.oid, format('%I.%I', foreign_schema.name, function.proname)
  FROM pg_proc AS function
  JOIN foreign_schema ON foreign_schema.oid = function.pronamespace
  JOIN script ON strpos(script.text, format('%I.%I(', foreign_schema.name, function.proname)) > 0
  WHERE function.prokind = 'f' AND function.prorettype NOT IN ('internal'::regtype, 'cstring'::regtype)
), used (type) AS (
  SELECT column_of.type FROM relation JOIN column_of ON column_of.relation = relation.oid
  UNION
  SELECT type.oid FROM called JOIN pg_proc AS function ON function.oid = called.oid, unnest(function.proargtypes || function.prorettype) AS type (oid)
  UNION
  SELECT part.oid
  FROM used
  JOIN pg_type AS type ON type.oid = used.type
  CROSS JOIN LATERAL (
    SELECT type.typelem WHERE type.typcategory = 'A'
    UNION ALL
    SELECT type.typbasetype
    UNION ALL
    SELECT column_of.type FROM column_of WHERE column_of.relation = type.typrelid
  ) AS part (oid)
  WHERE part.oid <> 0
), own_type (oid, kind, name, base, relation) AS (
  SELECT type.oid, type.typtype, format_type(type.oid, NULL), format_type(type.typbasetype, type.typtypmod), type.typrelid
  FROM used
  JOIN pg_type AS type ON type.oid = used.type
  JOIN foreign_schema ON foreign_schema.oid = type.typnamespace
  WHERE NOT EXISTS (SELECT FROM of_extension WHERE classid = 'pg_type'::regclass AND objid = type.oid)
), extension (name, schema) AS (
  SELECT DISTINCT extension.extname, namespace.nspname
  FROM of_extension
  JOIN pg_extension AS extension ON extension.oid = of_extension.extension AND extension.extname <> 'plpgsql'
  JOIN pg_namespace AS namespace ON namespace.oid = extension.extnamespace
  CROSS JOIN script
  WHERE of_extension.classid = 'pg_type'::regclass AND of_extension.objid IN (SELECT type FROM used)
    OR of_extension.classid = 'pg_proc'::regclass AND EXISTS (SELECT FROM pg_proc AS function
      WHERE function.oid = of_extension.objid AND strpos(script.text, format('%I.%I(', namespace.nspname, function.proname)) > 0)
    OR of_extension.classid = 'pg_operator'::regclass AND strpos(script.text, format('OPERATOR(%I.', namespace.nspname)) > 0
), drawn (sequence, name, relation, number, is_owned) AS (
  SELECT class.oid, format('%I.%I', namespace.nspname, class.relname), depend.refobjid, depend.refobjsubid, depend.deptype = 'a'
  FROM pg_depend AS depend
  JOIN pg_class AS class ON class.oid = depend.objid AND class.relkind = 'S'
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  WHERE depend.classid = 'pg_class'::regclass AND depend.refclassid = 'pg_class'::regclass AND depend.deptype IN ('a', 'i')
    AND depend.refobjid IN (SELECT oid FROM relation)
  UNION ALL
  SELECT class.oid, format('%I.%I', namespace.nspname, class.relname), by_default.adrelid, by_default.adnum, NULL
  FROM pg_attrdef AS by_default
  JOIN pg_depend AS depend ON depend.classid = 'pg_attrdef'::regclass AND depend.objid = by_default.oid AND depend.refclassid = 'pg_class'::regclass
  JOIN pg_class AS class ON class.oid = depend.refobjid AND class.relkind = 'S'
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  WHERE by_default.adrelid IN (SELECT oid FROM relation)
)
SELECT statement FROM (
  SELECT 1 AS step, 0::oid AS place, format('CREATE SCHEMA IF NOT EXISTS %I', schema.name) AS statement
  FROM (
    SELECT name FROM foreign_schema WHERE oid IN (
      SELECT class.relnamespace FROM relation JOIN pg_class AS class ON class.oid = relation.oid
      UNION SELECT function.pronamespace FROM called JOIN pg_proc AS function ON function.oid = called.oid
      UNION SELECT type.typnamespace FROM own_type JOIN pg_type AS type ON type.oid = own_type.oid
      UNION SELECT class.relnamespace FROM drawn JOIN pg_class AS class ON class.oid = drawn.sequence)
    UNION
    SELECT schema FROM extension WHERE schema <> 'pg_catalog'
    UNION
    -- The script gives the right to use it, and asks no more of it.
    SELECT foreign_schema.name FROM foreign_schema JOIN script ON strpos(script.text, format('SCHEMA %I', foreign_schema.name)) > 0
  ) AS schema
  UNION ALL
  SELECT 2, 0, format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I CASCADE', name, schema) FROM extension
  UNION ALL
  SELECT 3, own_type.oid, CASE own_type.kind
      WHEN 'e' THEN format('CREATE TYPE %s AS ENUM (%s)', own_type.name,
        (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = own_type.oid))
      WHEN 'd' THEN format('CREATE DOMAIN %s AS %s', own_type.name, own_type.base)
      ELSE format('CREATE TYPE %s AS (%s)', own_type.name,
        (SELECT string_agg(format('%I %s%s', name, written, collated), ', ' ORDER BY number) FROM column_of WHERE column_of.relation = own_type.relation))
    END
  FROM own_type
  WHERE own_type.kind IN ('e', 'd') OR own_type.kind = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = own_type.relation AND relkind = 'c')
  UNION ALL
  SELECT DISTINCT 4, 0::oid, format('CREATE SEQUENCE %s', drawn.name)
  FROM drawn WHERE NOT EXISTS (SELECT FROM column_of WHERE column_of.relation = drawn.relation AND column_of.number = drawn.number AND column_of.identity <> '')
  UNION ALL
  SELECT 5, relation.oid, format('CREATE TABLE %s (%s)%s', relation.name, (
      SELECT string_agg(concat(format('%I %s%s', column_of.name, column_of.written, column_of.collated), CASE WHEN column_of.identity <> '' THEN (
          SELECT format(' GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME %s)', drawn.name) FROM drawn
          WHERE drawn.relation = relation.oid AND drawn.number = column_of.number LIMIT 1) END), ', ' ORDER BY column_of.number)
      FROM column_of WHERE column_of.relation = relation.oid), ' PARTITION BY ' || pg_get_partkeydef(relation.oid))
  FROM relation
  UNION ALL
  SELECT 6, 0::oid, format('ALTER TABLE %s ALTER %I SET DEFAULT nextval(%L)', relation.name, column_of.name, drawn.name)
  FROM drawn
  JOIN relation ON relation.oid = drawn.relation
  JOIN column_of ON column_of.relation = drawn.relation AND column_of.number = drawn.number AND column_of.identity = ''
  WHERE drawn.is_owned IS NULL
  UNION ALL
  SELECT 7, 0::oid, format('ALTER SEQUENCE %s OWNED BY %s.%I', drawn.name, relation.name, column_of.name)
  FROM drawn
  JOIN relation ON relation.oid = drawn.relation
  JOIN column_of ON column_of.relation = drawn.relation AND column_of.number = drawn.number AND column_of.identity = ''
  WHERE drawn.is_owned
  UNION ALL
  SELECT 8, called.oid, format('CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE plpgsql AS %L', called.name, pg_get_function_arguments(called.oid),
    pg_get_function_result(called.oid), 'BEGIN RAISE EXCEPTION ''this stands in for another function''; END')
  FROM called
  WHERE NOT EXISTS (SELECT FROM of_extension WHERE classid = 'pg_proc'::regclass AND objid = called.oid)
) AS made
ORDER BY step, place, statement";
