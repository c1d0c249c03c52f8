//! What the server has, as several checks need it: who may come to act as whom, and who holds which privilege. These are common table
//! expressions behind those of `data`.
//!
//! An application session is any role that can come to act as a role of the application, by inheriting it, by SET ROLE, or by an ADMIN
//! option, with which it can grant itself the rest. Outside are superusers and roles that bypass row-level security (no policy is about them),
//! the owners of the tables and whoever deploys (they can undo any policy), and the roles of look-ups and masking views. The closure ends at
//! these: what they hold is not what the application holds. That some session can act as one of them is a finding of its own (`roles`).

/// Begins with the comma behind the last expression of `data`.
pub(super) const EXPRESSIONS: &str = r#", server_role AS MATERIALIZED (
  SELECT oid, rolname, rolsuper, rolinherit, rolbypassrls, rolcreaterole, rolreplication, rolcanlogin FROM pg_roles
), app (oid) AS (
  SELECT role.oid FROM application JOIN server_role AS role ON role.rolname = application.name
), administrator (oid) AS (
  SELECT class.relowner FROM project JOIN pg_class AS class ON class.oid = project.relation
  UNION
  SELECT oid FROM server_role WHERE rolname IN (current_user, session_user)
  EXCEPT
  SELECT oid FROM app
), served (oid) AS (
  SELECT role.oid FROM service JOIN server_role AS role ON role.rolname = service.name
), outside (oid) AS (
  SELECT oid FROM administrator
  UNION
  SELECT oid FROM served
  UNION
  SELECT oid FROM server_role WHERE rolsuper OR rolbypassrls
  EXCEPT
  SELECT oid FROM app
), edge (member, role, is_direct, inherits, only_admin, granted_by) AS (
  -- `only_admin` makes of what is given what CREATEROLE leaves behind. The options are columns from version 16, and read so that 15 takes the text. Who holds the ADMIN option alone can grant itself the rest.
  SELECT given.member, given.roleid, version.is_old OR option.is_any, CASE WHEN version.is_old THEN member.rolinherit ELSE option.inherits END,
    CASE WHEN given.admin_option AND NOT version.is_old THEN ' WITH INHERIT FALSE, SET FALSE' END,
    CASE WHEN NOT version.is_old THEN format(' GRANTED BY %I', pg_get_userbyid(given.grantor)) END
  FROM pg_auth_members AS given
  JOIN server_role AS member ON member.oid = given.member
  CROSS JOIN LATERAL (SELECT current_setting('server_version_num')::int < 160000) AS version (is_old)
  CROSS JOIN LATERAL (
    SELECT (to_jsonb(given) ->> 'set_option')::boolean OR (to_jsonb(given) ->> 'inherit_option')::boolean,
      (to_jsonb(given) ->> 'inherit_option')::boolean
  ) AS option (is_any, inherits)
  WHERE version.is_old OR option.is_any OR given.admin_option
), holder (member, role, inherits, through) AS (
  -- Who has the rights of the roles of look-ups and masking, or can act as them. What ADMIN alone gives would take a GRANT first.
  SELECT edge.member, edge.role, edge.inherits, edge.member FROM edge JOIN served ON served.oid = edge.role WHERE edge.is_direct
  UNION
  SELECT edge.member, holder.role, edge.inherits AND holder.inherits, holder.through
  FROM holder
  JOIN edge ON edge.role = holder.member AND edge.is_direct
), past (login, role, name) AS (
  -- Which rights somebody has whom no policy holds: those of each role that it can come to act as, and of everybody.
  SELECT oid, oid, rolname FROM server_role WHERE rolbypassrls AND NOT rolsuper
  UNION
  SELECT oid, 0::oid, 'PUBLIC' FROM server_role WHERE rolbypassrls AND NOT rolsuper
  UNION
  SELECT past.login, edge.role, role.rolname
  FROM past
  JOIN edge ON edge.member = past.role
  JOIN server_role AS role ON role.oid = edge.role
), act (login, role) AS (
  SELECT oid, oid FROM server_role WHERE oid NOT IN (SELECT oid FROM outside)
  UNION
  SELECT act.login, edge.role
  FROM act
  JOIN edge ON edge.member = act.role
  WHERE act.role NOT IN (SELECT oid FROM outside)
), acting (login, roles) AS (
  -- Sessions of the application, with its roles that they can act as.
  SELECT act.login, array_agg(app.oid ORDER BY app.oid) FROM act JOIN app ON app.oid = act.role GROUP BY act.login
), reached (role) AS (
  -- Whose rights they have.
  SELECT DISTINCT act.role FROM acting JOIN act USING (login) EXCEPT SELECT oid FROM outside
), audience (grantee, roles) AS (
  -- Who a grant to somebody is for, as sets of the application's roles; what all of them may not have is too much. Whoever can act as a
  -- session has its set or more, so the session's own is enough.
  SELECT login, roles FROM acting
  UNION
  SELECT act.role, acting.roles
  FROM acting
  JOIN act USING (login)
  WHERE act.role IN (SELECT role FROM reached) AND act.role NOT IN (SELECT login FROM acting)
  UNION
  SELECT 0::oid, acting.roles FROM acting WHERE acting.login IN (SELECT oid FROM app)
), held (relation, attribute, grantee, grantor, privilege) AS (
  -- Attribute 0 is the whole relation. Nobody but the owner holds anything where there is no list.
  SELECT class.oid, 0::smallint, entry.grantee, entry.grantor, entry.privilege_type
  FROM pg_class AS class
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  CROSS JOIN LATERAL aclexplode(class.relacl) AS entry
  WHERE namespace.nspname NOT IN ('pg_catalog', 'information_schema') AND class.relpersistence <> 't'
    AND entry.grantee <> class.relowner AND entry.grantee IN (SELECT grantee FROM audience)
  UNION ALL
  SELECT class.oid, attribute.attnum, entry.grantee, entry.grantor, entry.privilege_type
  FROM pg_attribute AS attribute
  JOIN pg_class AS class ON class.oid = attribute.attrelid
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  CROSS JOIN LATERAL aclexplode(attribute.attacl) AS entry
  WHERE attribute.attacl IS NOT NULL AND NOT attribute.attisdropped AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
    AND class.relpersistence <> 't' AND entry.grantee <> class.relowner AND entry.grantee IN (SELECT grantee FROM audience)
), grantee (oid, name) AS (
  SELECT 0::oid, 'PUBLIC'
  UNION ALL
  SELECT oid, quote_ident(rolname) FROM server_role
), usable (relation, by, revoke) AS (
  -- Relations that application sessions may use somehow, and the statements that end it. What somebody else granted, only they revoke.
  SELECT list.relation, string_agg(DISTINCT list.names, ', '), string_agg(format(
    CASE WHEN list.grantor = class.relowner THEN 'REVOKE ALL ON %1$s FROM %2$s'
      ELSE 'SET ROLE %3$I; REVOKE ALL ON %1$s FROM %2$s; RESET ROLE' END,
    list.relation::regclass, list.names, pg_get_userbyid(list.grantor)), '; ' ORDER BY list.names)
  FROM (
    SELECT one.relation, one.grantor, string_agg(grantee.name, ', ' ORDER BY grantee.name) AS names
    FROM (SELECT DISTINCT held.relation, held.grantor, held.grantee FROM held) AS one
    JOIN grantee ON grantee.oid = one.grantee
    GROUP BY one.relation, one.grantor
  ) AS list
  JOIN pg_class AS class ON class.oid = list.relation
  GROUP BY list.relation
), descendant (root, parent, relation) AS (
  SELECT inhparent, inhparent, inhrelid FROM pg_inherits WHERE inhparent IN (SELECT relation FROM project)
  UNION
  SELECT descendant.root, inhparent, inhrelid FROM descendant JOIN pg_inherits ON inhparent = descendant.relation
), sequence (relation, attribute, sequence) AS (
  -- Those that columns own, are identities by, or draw their default from.
  SELECT depend.refobjid, depend.refobjsubid, class.oid
  FROM pg_depend AS depend
  JOIN pg_class AS class ON class.oid = depend.objid AND class.relkind = 'S'
  WHERE depend.classid = 'pg_class'::regclass AND depend.refclassid = 'pg_class'::regclass AND depend.deptype IN ('a', 'i')
    AND depend.refobjid IN (SELECT relation FROM project)
  UNION
  SELECT attrdef.adrelid, attrdef.adnum, class.oid
  FROM pg_attrdef AS attrdef
  JOIN pg_depend AS depend ON depend.classid = 'pg_attrdef'::regclass AND depend.objid = attrdef.oid
    AND depend.refclassid = 'pg_class'::regclass
  JOIN pg_class AS class ON class.oid = depend.refobjid AND class.relkind = 'S'
  WHERE attrdef.adrelid IN (SELECT relation FROM project)
), granted (role, relation, attribute, privilege) AS (
  -- What the rules give, by number of the attribute; 0 is the whole relation, with what is added later.
  SELECT role.oid, allowed.relation::oid, 0::smallint, privilege.name
  FROM allowed
  JOIN server_role AS role ON role.rolname = allowed.role
  CROSS JOIN LATERAL (VALUES ('SELECT', allowed.readable IS NULL), ('INSERT', allowed.creatable IS NULL), ('UPDATE', allowed.updatable IS NULL),
    ('DELETE', allowed.deletable)) AS privilege (name, is_given)
  WHERE privilege.is_given
  UNION ALL
  SELECT role.oid, allowed.relation::oid, attribute.attnum, privilege.name
  FROM allowed
  JOIN server_role AS role ON role.rolname = allowed.role
  CROSS JOIN LATERAL (VALUES ('SELECT', allowed.readable), ('INSERT', allowed.creatable), ('UPDATE', allowed.updatable)) AS privilege (name, columns)
  CROSS JOIN LATERAL unnest(privilege.columns) AS given (name)
  JOIN pg_attribute AS attribute ON attribute.attrelid = allowed.relation AND attribute.attname = given.name
  UNION ALL
  SELECT role.oid, sequence.sequence, 0::smallint, 'USAGE'
  FROM allowed
  JOIN sequence ON sequence.relation = allowed.relation
  JOIN server_role AS role ON role.rolname = allowed.role
  WHERE allowed.creatable IS NULL OR allowed.creatable <> '{}'
  UNION ALL
  SELECT role.oid, drawn.sequence::oid, 0::smallint, 'USAGE' FROM drawn JOIN server_role AS role ON role.rolname = drawn.role
), permitted (roles, relation, attribute, privilege) AS (
  -- What a set of application roles is given.
  SELECT DISTINCT sets.roles, granted.relation, granted.attribute, granted.privilege
  FROM (SELECT DISTINCT roles FROM audience) AS sets
  JOIN granted ON granted.role = ANY (sets.roles)
), ancestor (relation) AS (
  SELECT inhparent FROM pg_inherits WHERE inhrelid IN (SELECT relation FROM project)
  UNION
  SELECT inhparent FROM ancestor JOIN pg_inherits ON inhrelid = ancestor.relation
), reads (view, source) AS (
  SELECT rewrite.ev_class, depend.refobjid
  FROM pg_rewrite AS rewrite
  JOIN pg_depend AS depend ON depend.classid = 'pg_rewrite'::regclass AND depend.objid = rewrite.oid
    AND depend.refclassid = 'pg_class'::regclass AND depend.refobjid <> rewrite.ev_class
), viewed (relation) AS (
  SELECT view FROM reads WHERE source IN (SELECT relation FROM project)
  UNION
  SELECT reads.view FROM reads JOIN viewed ON reads.source = viewed.relation
), own_view (relation, owner, readers) AS (
  SELECT class.oid, class.relowner, made.readers FROM view_made AS made JOIN pg_class AS class ON class.oid = to_regclass(made.name)
), own_function AS MATERIALIZED (
  SELECT to_regprocedure(signature)::oid AS function, function_made.* FROM function_made
), project_schema (relnamespace) AS (
  SELECT DISTINCT class.relnamespace FROM project JOIN pg_class AS class ON class.oid = project.relation
  WHERE project.relation NOT IN (SELECT relation FROM policies_only)
), invoker (relation) AS (
  SELECT class.oid
  FROM pg_class AS class
  CROSS JOIN LATERAL pg_options_to_table(class.reloptions) AS option
  WHERE class.relkind = 'v' AND option.option_name = 'security_invoker' AND option.option_value::boolean
), unbound (oid) AS (
  -- Whom no policy holds: what runs as one of them sees every row.
  SELECT oid FROM server_role WHERE rolsuper OR rolbypassrls
  UNION
  SELECT oid FROM served
  UNION
  SELECT act.login FROM act JOIN served ON served.oid = act.role
  UNION
  SELECT member FROM holder WHERE inherits
  UNION
  SELECT class.relowner FROM project JOIN pg_class AS class ON class.oid = project.relation WHERE NOT class.relforcerowsecurity
), of_extension (classid, objid) AS (
  SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
), keeper (name) AS (
  -- Whom something goes back to that belongs to somebody of the application: the owner of most tables, of what is generated, or of the database.
  SELECT pg_get_userbyid(candidate.owner) FROM (
    SELECT class.relowner, 1, -count(*) FROM project JOIN pg_class AS class ON class.oid = project.relation GROUP BY class.relowner
    UNION ALL
    SELECT namespace.nspowner, 2, 0 FROM own_schema JOIN pg_namespace AS namespace ON namespace.nspname = own_schema.name
    UNION ALL
    SELECT datdba, 3, 0 FROM pg_database WHERE datname = current_database()
    UNION ALL
    -- Who made the server.
    SELECT 10::oid, 4, 0
  ) AS candidate (owner, place, number)
  WHERE candidate.owner NOT IN (SELECT role FROM reached UNION SELECT oid FROM app UNION SELECT oid FROM served)
  ORDER BY candidate.place, candidate.number, candidate.owner LIMIT 1
)"#;
