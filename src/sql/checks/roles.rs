//! What the application's roles, and whoever can act as one, are and belong to.

use super::Check;

pub(super) const CHECKS: &[Check] = &[ATTRIBUTES, CREATING, MEMBERSHIPS, HOLDERS, APART, OWNER, BYPASSING, CONNECTING];

/// Of the application's roles themselves: who logs in with such an attribute besides acting as one is outside.
const ATTRIBUTES: Check = Check {
    about: "Application roles that no policy would be about, and application sessions that may read the log of all changes.",
    query: r"
  SELECT quote_ident(role.rolname), attribute.can, format('ALTER ROLE %I %s', role.rolname, attribute.word), true
  FROM server_role AS role
  JOIN acting ON acting.login = role.oid
  CROSS JOIN LATERAL (VALUES
    ('can bypass row-level security, as superusers do', 'NOSUPERUSER', role.rolsuper),
    ('can bypass row-level security; where that is meant, leave the role out of rowgate.yaml, and its grants stay', 'NOBYPASSRLS',
      role.rolbypassrls AND NOT role.rolsuper),
    ('can read every change of every table by replication', 'NOREPLICATION', role.rolreplication AND NOT role.rolsuper)
  ) AS attribute (can, word, applies)
  WHERE attribute.applies",
};

/// Who deploys makes roles, so that nothing closes it there. Before version 16, CREATEROLE is the right to grant oneself any role that is no superuser (manual of 15, section 22.2).
const CREATING: Check = Check {
    about: "Before version 16, who may create roles may grant himself every role.",
    query: r"
  SELECT quote_ident(role.rolname), 'can act as every role, also as that of the look-ups (CREATEROLE, before version 16)',
    CASE WHEN role.oid NOT IN (SELECT oid FROM administrator) THEN format('ALTER ROLE %I NOCREATEROLE', role.rolname) END,
    role.oid NOT IN (SELECT oid FROM administrator)
  FROM server_role AS role
  WHERE role.rolcreaterole AND NOT role.rolsuper AND current_setting('server_version_num')::int < 160000
    AND (role.rolcanlogin OR role.oid IN (SELECT role FROM reached))
    AND (role.oid NOT IN (SELECT oid FROM outside) OR role.oid IN (SELECT oid FROM administrator))
    AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = role.rolname)",
};

const MEMBERSHIPS: Check = Check {
    about: "Roles that application sessions can act as, and that no policy or grant of the rules is about.",
    query: r"
  SELECT quote_ident(member.rolname), format('can act as %I, %s', target.rolname, way.which), format('REVOKE %I FROM %I%s',
    target.rolname, member.rolname, edge.granted_by), true
  FROM edge
  JOIN reached ON reached.role = edge.member
  JOIN server_role AS member ON member.oid = edge.member
  JOIN server_role AS target ON target.oid = edge.role
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN target.oid IN (SELECT oid FROM app) THEN NULL
      WHEN target.oid IN (SELECT oid FROM served) THEN 'which reads what no application role may'
      WHEN target.rolsuper OR target.rolbypassrls THEN 'which bypasses row-level security'
      WHEN target.oid IN (SELECT oid FROM administrator) THEN 'which owns the tables or deploys'
      WHEN target.rolname IN ('pg_read_all_data', 'pg_write_all_data') THEN 'which holds this on every table'
      WHEN target.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
        THEN 'which reaches the files of the server'
    END
  ) AS way (which)
  WHERE way.which IS NOT NULL
    AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = member.rolname)",
};

/// Of application sessions, MEMBERSHIPS tells. A function with SECURITY DEFINER has the rights that its owner inherits and cannot SET ROLE, so that an
/// owner of the tables, who can undo any policy himself, may keep what only acts: before version 16, who may not create roles needs it to deploy.
const HOLDERS: Check = Check {
    about: "Who else has the rights of the roles of look-ups and masking, or can act as them, when this script has ended.",
    query: r"
  SELECT quote_ident(member.rolname), concat(CASE WHEN edge.inherits
      THEN format('has the rights of %I, whom the policies show everything that is looked up, and so have its SECURITY DEFINER functions and views', target.rolname)
      ELSE format('can act as %I, whom the policies show everything that is looked up', target.rolname) END, '; as its members ' || held.others),
    CASE WHEN held.fails THEN format(CASE WHEN edge.only_admin IS NULL THEN 'REVOKE %I FROM %I%s%s' ELSE 'GRANT %I TO %I%s%s' END,
      target.rolname, member.rolname, edge.only_admin, edge.granted_by) END, held.fails
  FROM edge
  JOIN server_role AS member ON member.oid = edge.member AND NOT member.rolsuper
  JOIN server_role AS target ON target.oid = edge.role
  CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT quote_ident(other.rolname), ', ') FILTER (WHERE other.oid <> edge.member),
      bool_or(holder.inherits OR other.oid NOT IN (SELECT oid FROM administrator))
    FROM holder
    JOIN server_role AS other ON other.oid = holder.member AND NOT other.rolsuper
    WHERE holder.through = edge.member AND holder.role = edge.role
  ) AS held (others, fails)
  WHERE edge.is_direct AND edge.role IN (SELECT oid FROM served) AND edge.member NOT IN (SELECT role FROM reached)
    AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = member.rolname)",
};

/// Whose members can act as two roles is told once, of the group that is the reason.
const APART: Check = Check {
    about: "Where the rules of two database roles are exact only apart: PostgreSQL would give the rows of the one with the fields of the other.",
    query: r"
  SELECT quote_ident(role.rolname), format('can act as %s: the rows of one could be had with the fields or steps of another; '
      'one login role for each application role, or `accepted: logins` where clients write no SQL', (
        SELECT string_agg(quote_ident(other.rolname), ', ' ORDER BY other.rolname) FROM server_role AS other WHERE other.oid = ANY (mixed.roles))),
    (SELECT string_agg(format('REVOKE %I FROM %I%s', given.rolname, role.rolname, edge.granted_by), '; ' ORDER BY given.rolname)
      FROM edge
      JOIN acting AS of_target ON of_target.login = edge.role
      JOIN server_role AS given ON given.oid = edge.role
      WHERE edge.member = mixed.login AND of_target.roles <> ARRAY[kept.role]), true
  FROM acting AS mixed
  JOIN apart ON apart.is_needed
  JOIN server_role AS role ON role.oid = mixed.login
  CROSS JOIN LATERAL (
    SELECT CASE WHEN mixed.login = ANY (mixed.roles) THEN mixed.login ELSE mixed.roles[1] END
  ) AS kept (role)
  WHERE cardinality(mixed.roles) > 1
    AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = role.rolname)
    AND NOT EXISTS (
      SELECT FROM act
      JOIN acting AS reason ON reason.login = act.role AND cardinality(reason.roles) > 1
      JOIN server_role AS reason_role ON reason_role.oid = reason.login
      WHERE act.login = mixed.login AND act.role <> mixed.login
        AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = reason_role.rolname))",
};

/// An ADMIN option alone is what making a role leaves behind, from version 16.
const OWNER: Check = Check {
    about: "An owner of tables whose sessions the policies are about, too.",
    query: r"
  SELECT quote_ident(owner.rolname), format('can act as %s, and can undo any policy: the application should not log in as it',
      string_agg(DISTINCT quote_ident(role.rolname), ', ')),
    format('REVOKE %I FROM %I%s', through.rolname, owner.rolname, edge.granted_by), false
  FROM administrator
  JOIN server_role AS owner ON owner.oid = administrator.oid AND NOT owner.rolsuper
  JOIN edge ON edge.member = owner.oid AND edge.is_direct
  JOIN server_role AS through ON through.oid = edge.role
  JOIN act ON act.login = through.oid
  JOIN app ON app.oid = act.role
  JOIN server_role AS role ON role.oid = app.oid
  GROUP BY owner.rolname, through.rolname, edge.granted_by",
};

/// They are outside of what the rules say, and that is what some are for: jobs, dumps, platforms.
const BYPASSING: Check = Check {
    about: "Who else reaches rows past all policies, superusers apart.",
    query: r"
  SELECT quote_ident(role.rolname), format('bypasses row-level security, and has rights at %s: no policy is asked for what it does; '
      '`accepted: logins` where that is meant', CASE WHEN cardinality(reached.names) > 5
        THEN format('%s tables', cardinality(reached.names)) ELSE array_to_string(reached.names, ', ') END),
    format('ALTER ROLE %I NOBYPASSRLS', role.rolname), false
  FROM server_role AS role
  CROSS JOIN LATERAL (
    SELECT array_agg(project.relation::text ORDER BY project.relation::text)
    FROM project
    JOIN pg_class AS class ON class.oid = project.relation
    WHERE EXISTS (
      SELECT FROM past
      WHERE past.login = role.oid AND (past.role = class.relowner OR past.name IN ('pg_read_all_data', 'pg_write_all_data')
        OR past.role IN (SELECT entry.grantee FROM aclexplode(class.relacl) AS entry)
        OR past.role IN (SELECT entry.grantee FROM pg_attribute AS attribute, aclexplode(attribute.attacl) AS entry
          WHERE attribute.attrelid = class.oid AND NOT attribute.attisdropped)))
  ) AS reached (names)
  WHERE role.rolbypassrls AND NOT role.rolsuper AND reached.names IS NOT NULL
    AND role.oid NOT IN (SELECT oid FROM administrator UNION SELECT oid FROM app UNION SELECT oid FROM served)
    AND (role.rolcanlogin OR EXISTS (SELECT FROM edge WHERE edge.role = role.oid))
    AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = role.rolname)",
};

/// Nobody needs to be one of them but while a look-up or a view of ours runs.
const CONNECTING: Check = Check {
    about: "Roles of look-ups and masking that somebody can connect as.",
    query: r"
  SELECT quote_ident(role.rolname), 'can connect to the server, and reads what no application role may', format('ALTER ROLE %I NOLOGIN', role.rolname), false
  FROM served
  JOIN server_role AS role ON role.oid = served.oid
  WHERE role.rolcanlogin
    AND NOT EXISTS (SELECT FROM accepted WHERE accepted.kind = 'login' AND accepted.name = role.rolname)",
};
