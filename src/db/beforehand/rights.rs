//! Which rights somebody lacks who is about to deploy, and which statement gives each.

use postgres::Client;

use super::texts;
use crate::db::DatabaseError;
use crate::db::record::begin;
use crate::db::rows::{ask, text};
use crate::plan::Needs;

/// A right that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What cannot be done without it.
    pub what: String,
    /// The statement of somebody else that gives it.
    pub gives: String,
}

/// All of them.
pub fn read_missing_rights(client: &mut Client, needs: &Needs) -> Result<Vec<Missing>, DatabaseError> {
    fn ones(all: &std::collections::BTreeSet<String>) -> impl Iterator<Item = Vec<Option<&str>>> {
        all.iter().map(|one| vec![Some(one.as_str())])
    }
    fn pairs(all: &std::collections::BTreeSet<(String, String)>) -> impl Iterator<Item = Vec<Option<&str>>> {
        all.iter().map(|(first, second)| vec![Some(first.as_str()), Some(second.as_str())])
    }
    let query = format!(
        "WITH {},\n{},\n{},\n{},\n{},\n{}{RIGHTS}",
        texts("owned", &["relation"], ones(&needs.owned)),
        texts("made_role", &["role"], ones(&needs.roles)),
        texts("actor", &["role"], ones(&needs.actors)),
        texts("made_schema", &["schema"], ones(&needs.schemas)),
        texts("made_table", &["schema", "name"], pairs(&needs.tables)),
        texts("used", &["schema", "role"], pairs(&needs.usage)),
    );
    let mut transaction = begin(client)?;
    let missing = |row: &postgres::SimpleQueryRow| Missing { what: text(row, 1), gives: text(row, 2) };
    Ok(ask(&mut transaction, &query)?.iter().map(missing).collect())
}

/// Version 16 took from CREATEROLE the right to grant any role: who has made one may pass it on, and others need it WITH ADMIN (manual section 22.2). Before, who may not create roles acts as
/// one only as its member.
const RIGHTS: &str = r"
, me AS (
  SELECT oid, quote_ident(rolname) AS name, rolsuper, rolsuper OR rolcreaterole AS creates_roles, current_setting('server_version_num')::int < 160000 AS is_old
  FROM pg_roles WHERE rolname = current_user
), lacking (place, what, gives) AS (
  SELECT 1, format('%s: the owner is %I, and nobody else changes a table', CASE WHEN count(*) > 5 THEN format('%s tables and sequences', count(*))
      ELSE string_agg(class.oid::regclass::text, ', ' ORDER BY class.oid::regclass::text) END, owner.rolname),
    -- Whoever is a member of a superuser is held to nothing.
    coalesce(CASE WHEN owner.rolsuper THEN string_agg(format('ALTER TABLE %s OWNER TO %s', class.oid::regclass, me.name), '; ' ORDER BY class.oid::regclass::text)
      FILTER (WHERE class.relkind <> 'S') END, format('GRANT %I TO %s', owner.rolname, me.name))
  FROM me
  CROSS JOIN owned
  JOIN pg_class AS class ON class.oid = to_regclass(owned.relation)
  JOIN pg_roles AS owner ON owner.oid = class.relowner
  WHERE NOT pg_has_role(me.oid, class.relowner, 'USAGE')
  GROUP BY owner.rolname, owner.rolsuper, me.name
  UNION ALL
  SELECT 2, format('the role %I has to be made', made_role.role),
    CASE WHEN me.is_old AND made_role.role IN (SELECT actor.role FROM actor) THEN format('ALTER ROLE %s CREATEROLE', me.name)
      ELSE format('CREATE ROLE %I NOLOGIN', made_role.role) || CASE WHEN made_role.role IN (SELECT actor.role FROM actor)
        THEN format('; GRANT %I TO %s WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', made_role.role, me.name) ELSE '' END END
  FROM me
  CROSS JOIN made_role
  WHERE NOT me.creates_roles AND to_regrole(quote_ident(made_role.role)) IS NULL
  UNION ALL
  SELECT 3, format('functions have to be given to the role %I, as which %s may not act', role.rolname, me.name),
    CASE WHEN me.is_old THEN format('ALTER ROLE %s CREATEROLE', me.name)
      ELSE format('GRANT %I TO %s WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', role.rolname, me.name) END
  FROM me
  CROSS JOIN actor
  JOIN pg_roles AS role ON role.rolname = actor.role
  WHERE NOT me.rolsuper AND NOT (me.is_old AND me.creates_roles) AND NOT pg_has_role(me.oid, role.oid, 'MEMBER WITH ADMIN OPTION')
    -- 15 knows no right of this name.
    AND NOT pg_has_role(me.oid, role.oid, CASE WHEN me.is_old THEN 'MEMBER' ELSE 'SET' END)
  UNION ALL
  SELECT 4, format('the schema %s has to be made in this database', string_agg(quote_ident(made_schema.schema), ', ' ORDER BY made_schema.schema)),
    format('GRANT CREATE ON DATABASE %I TO %s', current_database(), me.name)
  FROM me
  CROSS JOIN made_schema
  WHERE to_regnamespace(quote_ident(made_schema.schema)) IS NULL AND NOT has_database_privilege(me.oid, current_database(), 'CREATE')
  GROUP BY me.name
  UNION ALL
  SELECT 5, format('the table %I.%I has to be made', made_table.schema, made_table.name),
    CASE WHEN space.oid IS NULL THEN format('GRANT CREATE ON DATABASE %I TO %s', current_database(), me.name)
      ELSE format('GRANT USAGE, CREATE ON SCHEMA %I TO %s', made_table.schema, me.name) END
  FROM me
  CROSS JOIN made_table
  LEFT JOIN pg_namespace AS space ON space.nspname = made_table.schema
  WHERE to_regclass(format('%I.%I', made_table.schema, made_table.name)) IS NULL
    AND NOT CASE WHEN space.oid IS NULL THEN has_database_privilege(me.oid, current_database(), 'CREATE')
      ELSE has_schema_privilege(me.oid, space.oid, 'CREATE') END
  UNION ALL
  SELECT 6, format('%s has to use the schema %I, and %s may not pass that on', string_agg(quote_ident(used.role), ', ' ORDER BY used.role), space.nspname, me.name),
    format('GRANT USAGE ON SCHEMA %I TO %s WITH GRANT OPTION', space.nspname, me.name)
  FROM me
  CROSS JOIN used
  JOIN pg_namespace AS space ON space.nspname = used.schema
  LEFT JOIN pg_roles AS role ON role.rolname = used.role
  WHERE NOT has_schema_privilege(me.oid, space.oid, 'USAGE WITH GRANT OPTION')
    AND NOT has_schema_privilege(coalesce(role.oid, 0::oid), space.oid, 'USAGE')
  GROUP BY space.nspname, me.name
)
SELECT place, what, gives FROM lacking ORDER BY place, what";
