//! The schemas of what is generated, and those that the project's tables are in.

use super::Check;

pub(super) const CHECKS: &[Check] = &[OWN, OWNERS];

/// Functions in the schema of look-ups may be callable by everybody, because nobody can name them.
const OWN: Check = Check {
    about: "Rights on the schemas of what is generated. Nobody makes anything there, and nobody names what is in the schema of look-ups.",
    query: r"
  SELECT quote_ident(namespace.nspname), format('%s holds %s on the schema', grantee.name,
      string_agg(entry.privilege_type, ', ' ORDER BY entry.privilege_type)),
    format('REVOKE %s ON SCHEMA %I FROM %s', string_agg(entry.privilege_type, ', ' ORDER BY entry.privilege_type), namespace.nspname,
      grantee.name), true
  FROM own_schema
  JOIN pg_namespace AS namespace ON namespace.nspname = own_schema.name
  CROSS JOIN LATERAL aclexplode(namespace.nspacl) AS entry
  JOIN grantee ON grantee.oid = entry.grantee
  WHERE entry.grantee <> namespace.nspowner AND entry.grantee NOT IN (SELECT oid FROM outside)
    AND (entry.privilege_type = 'CREATE' OR NOT own_schema.is_open)
  GROUP BY namespace.nspname, grantee.name",
};

/// The owner of a schema may drop what is in it (manual section 5.9.3). `public` belongs to whoever owns the database.
const OWNERS: Check = Check {
    about: "Schemas of others: who owns a schema drops what is in it.",
    query: r"
  SELECT quote_ident(namespace.nspname), format('the schema belongs to %I, who can drop what is in it', owner.rolname),
    CASE WHEN owner.oid = namespace.nspowner THEN format('ALTER SCHEMA %I OWNER TO %I', namespace.nspname,
        CASE WHEN namespace.nspname = 'public' AND database.datdba NOT IN (SELECT role FROM reached) THEN 'pg_database_owner' ELSE (SELECT name FROM keeper) END)
      ELSE format('ALTER DATABASE %I OWNER TO %I', current_database(), (SELECT name FROM keeper)) END, true
  FROM pg_namespace AS namespace
  JOIN pg_database AS database ON database.datname = current_database()
  JOIN server_role AS owner ON owner.oid = CASE pg_get_userbyid(namespace.nspowner)
    WHEN 'pg_database_owner' THEN database.datdba ELSE namespace.nspowner END
  WHERE (namespace.oid IN (SELECT relnamespace FROM project_schema) AND owner.oid IN (SELECT role FROM reached))
    OR (namespace.nspname IN (SELECT name FROM own_schema) AND owner.oid NOT IN (SELECT oid FROM outside))",
};
