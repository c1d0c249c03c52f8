//! Relations beside the project's tables: views, children and parents, which show rows of them by other rules, and tables that the schema
//! file does not know.

use super::Check;

pub(super) const CHECKS: &[Check] = &[VIEWS, RELATIVES, UNKNOWN, FOREIGN, DEFAULTS];

/// Manual sections 5.9 and 41.5. A view of an application role shows no more than the role sees itself, which may be more than
/// another one does.
const VIEWS: Check = Check {
    about: "Views that read the project's tables as their owner, and materialized views, which have no policies.",
    query: r"
  SELECT class.oid::regclass::text, format('there is a way around the policies: %s can use it, %s', usable.by,
      CASE class.relkind WHEN 'm' THEN 'a materialized view' ELSE 'a view without security_invoker' END),
    CASE class.relkind WHEN 'm' THEN usable.revoke ELSE format('ALTER VIEW %s SET (security_invoker = true)', class.oid::regclass) END, true
  FROM viewed
  JOIN pg_class AS class ON class.oid = viewed.relation AND class.relkind IN ('v', 'm')
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  JOIN usable ON usable.relation = class.oid
  WHERE class.oid NOT IN (SELECT relation FROM invoker) AND class.oid NOT IN (SELECT relation FROM own_view)
    AND (class.relowner NOT IN (SELECT role FROM reached) OR EXISTS (
      SELECT FROM acting
      JOIN audience ON NOT acting.roles <@ audience.roles
      JOIN held ON held.grantee = audience.grantee
      WHERE acting.login = class.relowner AND held.relation = class.oid))
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'view' AND accepted.schema = namespace.nspname AND accepted.name = class.relname)",
};

/// Manual section 5.11: whoever names a child or a parent is asked by its policies, not the table's.
const RELATIVES: Check = Check {
    about: "Partitions, children and parents that are no tables of the project, and have none of its policies.",
    query: r"
  SELECT usable.relation::regclass::text, format('there is a way around the policies: %s can use it, %s', usable.by, relative.what),
    usable.revoke, true
  FROM (
    SELECT relation, 'a partition or child' FROM descendant
    UNION
    SELECT relation, 'a parent' FROM ancestor
  ) AS relative (relation, what)
  JOIN usable ON usable.relation = relative.relation
  WHERE relative.relation NOT IN (SELECT relation FROM project)",
};

/// What is at the other end nobody knows here: it may be this database, as somebody whom no policy holds. In the project's own schemas it fails the script.
const FOREIGN: Check = Check {
    about: "Foreign tables of other schemas and foreign servers that the application may use.",
    query: r"
  SELECT class.oid::regclass::text, format('is a foreign table that %s can use: no policy is asked about what is read and written there', usable.by),
    usable.revoke, false
  FROM pg_class AS class
  JOIN usable ON usable.relation = class.oid
  WHERE class.relkind = 'f' AND class.relnamespace NOT IN (SELECT relnamespace FROM project_schema)
  UNION ALL
  SELECT format('server %I', server.srvname), format('is a foreign server that %s can make tables of: no policy is asked about what is read and written there',
      string_agg(grantee.name, ', ' ORDER BY grantee.name)),
    format('REVOKE ALL ON FOREIGN SERVER %I FROM %s', server.srvname, string_agg(grantee.name, ', ' ORDER BY grantee.name)), false
  FROM pg_foreign_server AS server
  CROSS JOIN LATERAL aclexplode(server.srvacl) AS entry
  JOIN grantee ON grantee.oid = entry.grantee
  WHERE entry.grantee <> server.srvowner AND entry.grantee IN (SELECT audience.grantee FROM audience)
  GROUP BY server.oid, server.srvname",
};

/// A view with security_invoker shows what its reader may read anyway, and what an extension brings knows nothing of the project.
const UNKNOWN: Check = Check {
    about: "Tables of the project's schemas that the schema file does not know.",
    query: r"
  SELECT class.oid::regclass::text, format('the schema file does not know it, and %s can use it', coalesce(usable.by, quote_ident(owner.rolname))),
    CASE WHEN owner.oid IN (SELECT role FROM reached)
      THEN format('ALTER TABLE %s OWNER TO %I', class.oid::regclass, (SELECT name FROM keeper)) || coalesce('; ' || usable.revoke, '')
      ELSE usable.revoke END, true
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  JOIN server_role AS owner ON owner.oid = class.relowner
  LEFT JOIN usable ON usable.relation = class.oid
  WHERE class.relkind IN ('r', 'p', 'f', 'v', 'm') AND class.relpersistence <> 't'
    AND class.relnamespace IN (SELECT relnamespace FROM project_schema)
    AND (usable.relation IS NOT NULL OR class.relowner IN (SELECT role FROM reached))
    AND class.oid NOT IN (SELECT relation FROM project UNION SELECT relation FROM external)
    AND class.oid NOT IN (SELECT relation FROM descendant UNION SELECT relation FROM ancestor UNION SELECT relation FROM viewed)
    AND class.oid NOT IN (SELECT relation FROM invoker)
    AND NOT (owner.rolsuper AND EXISTS (
      SELECT FROM of_extension WHERE of_extension.classid = 'pg_class'::regclass AND of_extension.objid = class.oid))
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = CASE WHEN class.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END
        AND accepted.schema = namespace.nspname AND accepted.name = class.relname)",
};

const DEFAULTS: Check = Check {
    about: "Default privileges that will give application roles rights on what is made later in the project's schemas.",
    query: r"
  SELECT coalesce(quote_ident(namespace.nspname), 'every schema'), format('what %I makes there will be open to %s: %s on %s',
      pg_get_userbyid(given.defaclrole), grantee.name, string_agg(entry.privilege_type, ', ' ORDER BY entry.privilege_type), kind.word),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE %s ON %s FROM %s', pg_get_userbyid(given.defaclrole),
      ' IN SCHEMA ' || quote_ident(namespace.nspname), string_agg(entry.privilege_type, ', ' ORDER BY entry.privilege_type), kind.word, grantee.name),
    false
  FROM pg_default_acl AS given
  LEFT JOIN pg_namespace AS namespace ON namespace.oid = given.defaclnamespace
  JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS')) AS kind (letter, word) ON kind.letter = given.defaclobjtype
  CROSS JOIN LATERAL aclexplode(given.defaclacl) AS entry
  JOIN grantee ON grantee.oid = entry.grantee
  WHERE (given.defaclnamespace = 0 OR given.defaclnamespace IN (SELECT relnamespace FROM project_schema))
    AND entry.grantee IN (SELECT grantee FROM audience) AND entry.grantee <> given.defaclrole
    AND (entry.grantee <> 0 OR kind.letter <> 'f')
  GROUP BY namespace.nspname, given.defaclrole, grantee.name, kind.word",
};
