//! The query of facts: how the server keeps what was applied, and what others made around it. In: a table of what it is about. Out: kind, name, attributes, tree
//! and print of each fact, as `record` explains them.
//!
//! Each kind is a `SELECT` of its own. What may come and go without a difference for the rules is left out here, so that nobody is told of it.

/// `@scope@` is the table of what it is about.
pub(super) const QUERY: &str = r#"  WITH RECURSIVE
  project (relation) AS (
    SELECT found.relation FROM @scope@
    CROSS JOIN LATERAL (SELECT CASE scope.kind WHEN 'table' THEN to_regclass(scope.name)::oid END) AS found (relation)
    WHERE found.relation IS NOT NULL
  ),
  acting (role) AS (SELECT role.oid FROM @scope@ JOIN pg_roles AS role ON role.rolname = scope.name WHERE scope.kind = 'role'),
  -- A role that every session has: whoever is signed in, or nobody.
  joined (role) AS (SELECT role.oid FROM @scope@ JOIN pg_roles AS role ON role.rolname = scope.name WHERE scope.kind = 'joined'),
  own_schema (namespace) AS (
    SELECT namespace.oid FROM @scope@ JOIN pg_namespace AS namespace ON namespace.nspname = scope.name WHERE scope.kind = 'schema'
  ),
  descendant (relation, parent) AS (
    SELECT inhrelid, inhparent FROM pg_inherits WHERE inhparent IN (SELECT relation FROM project)
    UNION
    SELECT below.inhrelid, below.inhparent FROM descendant JOIN pg_inherits AS below ON below.inhparent = descendant.relation
  ),
  -- What reads the tables through a rewriting, or what is read by that.
  viewed (relation) AS (
    SELECT rewrite.ev_class FROM pg_depend AS depend JOIN pg_rewrite AS rewrite ON rewrite.oid = depend.objid AND rewrite.ev_class <> depend.refobjid
    WHERE depend.classid = 'pg_rewrite'::regclass AND depend.refclassid = 'pg_class'::regclass AND depend.refobjid IN (SELECT relation FROM project)
    UNION
    SELECT rewrite.ev_class FROM viewed
    JOIN pg_depend AS depend ON depend.refobjid = viewed.relation AND depend.refclassid = 'pg_class'::regclass AND depend.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite AS rewrite ON rewrite.oid = depend.objid AND rewrite.ev_class <> depend.refobjid
  ),
  looked_at (relation) AS (
    SELECT relation FROM project
    UNION SELECT relation FROM descendant
    -- What is temporary is its session's, and nobody else's.
    -- Nor is what reads as whoever asks more than they may have anyway, unless something else reads it.
    UNION SELECT class.oid FROM viewed JOIN pg_class AS class ON class.oid = viewed.relation AND class.relpersistence <> 't'
      WHERE NOT EXISTS (SELECT FROM pg_options_to_table(class.reloptions) AS option WHERE option.option_name = 'security_invoker' AND option.option_value::boolean)
        OR EXISTS (SELECT FROM pg_depend AS depend JOIN pg_rewrite AS rewrite ON rewrite.oid = depend.objid AND rewrite.ev_class <> class.oid
          WHERE depend.classid = 'pg_rewrite'::regclass AND depend.refclassid = 'pg_class'::regclass AND depend.refobjid = class.oid)
    UNION SELECT class.oid FROM pg_class AS class WHERE class.relnamespace IN (SELECT namespace FROM own_schema) AND class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION SELECT depend.objid FROM pg_depend AS depend JOIN pg_class AS sequence ON sequence.oid = depend.objid AND sequence.relkind = 'S'
      WHERE depend.classid = 'pg_class'::regclass AND depend.refclassid = 'pg_class'::regclass AND depend.deptype IN ('a', 'i')
        AND depend.refobjid IN (SELECT relation FROM project)
    -- Those that nobody owns through a column, and defaults draw from.
    UNION SELECT sequence.oid FROM pg_attrdef AS given
      JOIN pg_depend AS depend ON depend.classid = 'pg_attrdef'::regclass AND depend.objid = given.oid AND depend.refclassid = 'pg_class'::regclass
      JOIN pg_class AS sequence ON sequence.oid = depend.refobjid AND sequence.relkind = 'S'
      WHERE given.adrelid IN (SELECT relation FROM project)
  ),
  guarded (relation) AS (SELECT relation FROM project UNION SELECT relation FROM descendant),
  -- From version 16, a membership may give neither the rights nor the role, nor the right to pass it on.
  member (role, member, acts, passes_on) AS (
    SELECT given.roleid, given.member, bool_or(option.is_any), bool_or(given.admin_option)
    FROM pg_auth_members AS given
    CROSS JOIN LATERAL (SELECT coalesce((to_jsonb(given) ->> 'set_option')::boolean OR (to_jsonb(given) ->> 'inherit_option')::boolean, true)) AS option (is_any)
    WHERE option.is_any OR given.admin_option
    GROUP BY given.roleid, given.member
  ),
  -- Who can come to act as a role of the application or of ours.
  actor (role) AS (
    SELECT role FROM acting
    UNION
    SELECT member.member FROM actor JOIN member ON member.role = actor.role
  ),
  -- The same but for what every session has: who can come to act as more than that, as somebody whom no policy holds, or who may undo it.
  apart (role) AS (
    SELECT role FROM acting WHERE role NOT IN (SELECT role FROM joined)
    UNION
    SELECT role FROM free WHERE role NOT IN (SELECT role FROM joined)
    UNION
    SELECT member.member FROM apart JOIN member ON member.role = apart.role WHERE member.member NOT IN (SELECT role FROM joined)
  ),
  free (role) AS (
    SELECT role.oid FROM pg_roles AS role WHERE role.rolsuper OR role.rolbypassrls
      OR role.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
    UNION
    SELECT class.relowner FROM pg_class AS class WHERE class.oid IN (SELECT relation FROM guarded)
    UNION
    SELECT namespace.nspowner FROM pg_namespace AS namespace WHERE namespace.oid IN (SELECT namespace FROM own_schema)
  ),
  -- Who can come to act as an owner, and undo any policy.
  owning (role) AS (
    SELECT class.relowner FROM pg_class AS class WHERE class.oid IN (SELECT relation FROM guarded)
    UNION
    SELECT namespace.nspowner FROM pg_namespace AS namespace WHERE namespace.oid IN (SELECT namespace FROM own_schema)
    UNION
    SELECT member.member FROM owning JOIN member ON member.role = owning.role
  ),
  -- Who can come to have a right at a table.
  entitled (role) AS (
    SELECT role FROM actor
    UNION
    SELECT acl.grantee FROM pg_class AS class, aclexplode(class.relacl) AS acl
    WHERE class.oid IN (SELECT relation FROM guarded) AND acl.grantee NOT IN (0, class.relowner)
    UNION
    SELECT acl.grantee FROM pg_attribute AS attribute, aclexplode(attribute.attacl) AS acl
    WHERE attribute.attrelid IN (SELECT relation FROM guarded) AND NOT attribute.attisdropped AND acl.grantee <> 0
    UNION
    SELECT member.member FROM entitled JOIN member ON member.role = entitled.role
  ),
  -- Partitions come and go, and are nothing without rights of their own.
  heir (relation, parent) AS (
    SELECT descendant.relation, descendant.parent FROM descendant JOIN pg_class AS class ON class.oid = descendant.relation AND NOT class.relispartition
  ),
  -- Functions of the rules, and those of others that policies, triggers, views or sessions call.
  called (function) AS (
    SELECT function.oid FROM pg_proc AS function WHERE function.pronamespace IN (SELECT namespace FROM own_schema)
    UNION
    SELECT depend.refobjid FROM pg_policy AS policy
    JOIN pg_depend AS depend ON depend.classid = 'pg_policy'::regclass AND depend.objid = policy.oid AND depend.refclassid = 'pg_proc'::regclass
    WHERE policy.polrelid IN (SELECT relation FROM guarded)
    UNION
    SELECT found.tgfoid FROM pg_trigger AS found WHERE found.tgrelid IN (SELECT relation FROM guarded) AND NOT found.tgisinternal
    UNION
    SELECT depend.refobjid FROM pg_rewrite AS rewrite
    JOIN pg_depend AS depend ON depend.classid = 'pg_rewrite'::regclass AND depend.objid = rewrite.oid AND depend.refclassid = 'pg_proc'::regclass
    WHERE rewrite.ev_class IN (SELECT relation FROM looked_at)
    UNION
    SELECT evtfoid FROM pg_event_trigger
    UNION
    -- What runs as somebody else, or is asked about rows before policies are, and a session of the application may call: whoever it is said to be a part of.
    SELECT function.oid FROM pg_proc AS function JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
    WHERE (function.prosecdef OR function.proleakproof AND NOT (function.prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('c', 'internal'))
        AND EXISTS (SELECT FROM pg_depend AS depend WHERE depend.classid = 'pg_proc'::regclass AND depend.objid = function.oid AND depend.deptype = 'e')))
      AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
      AND EXISTS (SELECT FROM aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS acl
        WHERE acl.grantee = 0 OR acl.grantee IN (SELECT role FROM acting))
  ),
  -- What the server and its extensions bring and keep from others (manual, pg_init_privs): who was given what nobody has from the beginning.
  opened (place, grantee, privilege, is_grantable) AS (
    SELECT brought.place, given.grantee, given.privilege_type, given.is_grantable
    FROM (
      SELECT format('function %s', function.oid::regprocedure), function.proacl, initial.initprivs, function.proowner
      FROM pg_init_privs AS initial JOIN pg_proc AS function ON initial.classoid = 'pg_proc'::regclass AND function.oid = initial.objoid
      UNION ALL
      SELECT class.oid::regclass::text, class.relacl, initial.initprivs, class.relowner
      FROM pg_init_privs AS initial JOIN pg_class AS class ON initial.classoid = 'pg_class'::regclass AND class.oid = initial.objoid
      WHERE initial.objsubid = 0 AND class.oid NOT IN (SELECT relation FROM looked_at)
      UNION ALL
      SELECT format('%s (%I)', class.oid::regclass, attribute.attname), attribute.attacl,
        (SELECT initial.initprivs FROM pg_init_privs AS initial
          WHERE initial.classoid = 'pg_class'::regclass AND initial.objoid = class.oid AND initial.objsubid = attribute.attnum), class.relowner
      FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attacl IS NOT NULL
      WHERE class.relnamespace = 'pg_catalog'::regnamespace
    ) AS brought (place, current, original, owner)
    CROSS JOIN LATERAL aclexplode(brought.current) AS given
    WHERE given.grantee <> brought.owner AND (given.grantee = 0 OR given.grantee IN (SELECT role FROM actor))
      AND NOT EXISTS (SELECT FROM aclexplode(brought.original) AS initial
        WHERE initial.grantee IN (0, given.grantee) AND initial.privilege_type = given.privilege_type)
  ),
  defined (function, text, head) AS MATERIALIZED (
    SELECT known.function, known.text, strpos(known.text, E'\nAS ')
    FROM (SELECT function.oid AS function, pg_get_functiondef(function.oid) AS text FROM pg_proc AS function
      WHERE function.oid IN (SELECT function FROM called) AND function.prokind IN ('f', 'p') AND function.pronamespace <> 'pg_catalog'::regnamespace OFFSET 0) AS known
  ),
  entry (kind, place, grantee, privilege, is_grantable, tree) AS (
    SELECT 'grant', class.oid::regclass::text, acl.grantee, acl.privilege_type, acl.is_grantable, NULL::text
    FROM looked_at JOIN pg_class AS class ON class.oid = looked_at.relation,
      aclexplode(coalesce(class.relacl, acldefault(CASE class.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", class.relowner))) AS acl
    WHERE acl.grantee <> class.relowner
    UNION ALL
    SELECT 'grant', format('%s (%I)', class.oid::regclass, attribute.attname), acl.grantee, acl.privilege_type, acl.is_grantable,
      concat_ws(' ', acl.privilege_type, class.oid, attribute.attnum, acl.grantee)
    FROM looked_at JOIN pg_class AS class ON class.oid = looked_at.relation
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND NOT attribute.attisdropped,
      aclexplode(attribute.attacl) AS acl
    WHERE acl.grantee <> class.relowner
    UNION ALL
    SELECT 'grant', format('schema %I', namespace.nspname), acl.grantee, acl.privilege_type, acl.is_grantable, NULL
    FROM pg_namespace AS namespace, aclexplode(coalesce(namespace.nspacl, acldefault('n', namespace.nspowner))) AS acl
    WHERE acl.grantee <> namespace.nspowner AND namespace.oid IN (
      SELECT namespace FROM own_schema
      UNION SELECT class.relnamespace FROM pg_class AS class WHERE class.oid IN (SELECT relation FROM project))
    UNION ALL
    SELECT 'grant', format('function %s', function.oid::regprocedure), acl.grantee, acl.privilege_type, acl.is_grantable, NULL
    FROM pg_proc AS function, aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS acl
    WHERE acl.grantee <> function.proowner AND function.oid IN (SELECT function FROM called) AND function.pronamespace <> 'pg_catalog'::regnamespace
    UNION ALL
    SELECT 'default privileges', format('%s of %I in %s', CASE by_default.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
        WHEN 'n' THEN 'schemas' ELSE 'types' END, pg_get_userbyid(by_default.defaclrole), coalesce(quote_ident(namespace.nspname), 'every schema')),
      acl.grantee, acl.privilege_type, acl.is_grantable, NULL
    FROM pg_default_acl AS by_default LEFT JOIN pg_namespace AS namespace ON namespace.oid = by_default.defaclnamespace,
      aclexplode(by_default.defaclacl) AS acl
    WHERE acl.grantee <> by_default.defaclrole AND (by_default.defaclnamespace = 0 OR by_default.defaclnamespace IN (
      SELECT namespace FROM own_schema
      UNION SELECT class.relnamespace FROM pg_class AS class WHERE class.oid IN (SELECT relation FROM project)))
    UNION ALL
    SELECT 'grant', format('setting %s', parameter.parname), acl.grantee, acl.privilege_type, acl.is_grantable, NULL
    FROM pg_parameter_acl AS parameter, aclexplode(parameter.paracl) AS acl
    -- Superusers have it anyway, and the first GRANT writes that down.
    WHERE parameter.parname = 'session_replication_role' AND acl.grantee NOT IN (SELECT role.oid FROM pg_roles AS role WHERE role.rolsuper)
    UNION ALL
    SELECT 'grant', place, grantee, privilege, is_grantable, NULL FROM opened
  )
  SELECT 'role', role.rolname::text, concat_ws(' ', CASE WHEN role.rolcanlogin THEN 'LOGIN' END,
      CASE WHEN role.rolsuper THEN 'SUPERUSER' END, CASE WHEN role.rolbypassrls THEN 'BYPASSRLS' END,
      CASE WHEN role.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN role.rolreplication THEN 'REPLICATION' END), NULL, NULL
  FROM pg_roles AS role WHERE role.oid IN (SELECT role FROM acting)
  UNION ALL
  SELECT given.kind, format('%I in %I', login.rolname, role.rolname), 'held', NULL, NULL
  FROM member
  JOIN pg_roles AS login ON login.oid = member.member
  JOIN pg_roles AS role ON role.oid = member.role
  CROSS JOIN LATERAL (
    -- Logins of the application: what a session is follows from what it says, not from which of them it has.
    SELECT CASE WHEN login.rolcanlogin AND (NOT role.rolcanlogin OR member.role IN (SELECT role FROM acting)) AND member.member NOT IN (SELECT role FROM acting)
      AND (member.role IN (SELECT role FROM joined) OR member.role NOT IN (SELECT role FROM apart)) THEN 'login' ELSE 'membership' END
    WHERE member.acts
    UNION ALL
    SELECT 'admin' WHERE member.passes_on
  ) AS given (kind)
  WHERE member.member IN (SELECT role FROM acting)
    OR member.role IN (SELECT role FROM actor)
    OR member.role IN (SELECT role FROM apart) AND member.member IN (SELECT role FROM actor)
    OR member.role IN (SELECT role FROM owning)
  UNION ALL
  SELECT 'power', format('%s of %I', power.name, role.rolname), 'held', NULL, NULL
  FROM pg_roles AS role
  CROSS JOIN LATERAL (VALUES ('SUPERUSER', role.rolsuper), ('BYPASSRLS', role.rolbypassrls), ('CREATEROLE', role.rolcreaterole), ('REPLICATION', role.rolreplication))
    AS power (name, is_held)
  WHERE power.is_held AND role.oid NOT IN (SELECT role FROM acting) AND (role.oid IN (SELECT role FROM entitled)
    -- Of an owner, what lets it past its own policies: to make roles is what it deploys with.
    -- A superuser who comes to own something had that before, and the owner is told.
    OR power.name = 'BYPASSRLS' AND NOT role.rolsuper AND role.oid IN (SELECT role FROM owning)
    OR power.name = 'SUPERUSER' AND role.oid <> 10 AND role.oid IN (SELECT role FROM owning))
  UNION ALL
  SELECT 'setting', format('%s of %s', setting.name, CASE of_role.setrole WHEN 0 THEN 'everybody' ELSE quote_ident(pg_get_userbyid(of_role.setrole)) END
      || CASE of_role.setdatabase WHEN 0 THEN '' ELSE ' in this database' END), setting.text, NULL, NULL
  FROM pg_db_role_setting AS of_role
  CROSS JOIN LATERAL (SELECT text, split_part(text, '=', 1), substr(text, strpos(text, '=') + 1) FROM unnest(of_role.setconfig) AS text) AS setting (text, name, value)
  WHERE (of_role.setdatabase = 0 OR of_role.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND (of_role.setrole = 0 OR of_role.setrole IN (SELECT role FROM actor))
    AND (setting.name IN ('session_replication_role', 'row_security')
      -- A login that begins as what every session has begins as it should.
      OR setting.name = 'role' AND (of_role.setrole IN (SELECT role FROM acting) OR setting.value NOT IN (SELECT role.rolname FROM joined JOIN pg_roles AS role ON role.oid = joined.role))
      -- Empty, it says that nobody is signed in.
      OR setting.value <> '' AND lower(setting.name) IN (SELECT lower(scope.name) FROM @scope@ WHERE scope.kind = 'setting'))
  UNION ALL
  SELECT 'setting', 'session_replication_role of the server', format('session_replication_role=%s', setting.reset_val), NULL, NULL
  FROM pg_settings AS setting
  WHERE setting.name = 'session_replication_role' AND setting.source IN ('configuration file', 'command line') AND setting.reset_val <> 'origin'
  UNION ALL
  SELECT 'database', 'this database', format('owned by %I', pg_get_userbyid(database.datdba)), NULL, NULL
  FROM pg_database AS database WHERE database.datname = current_database()
  UNION ALL
  SELECT 'sequence', class.oid::regclass::text, coalesce('goes with ' || with_it.name, format('owned by %I', pg_get_userbyid(class.relowner))), NULL, NULL
  FROM pg_class AS class
  LEFT JOIN LATERAL (
    SELECT format('%s.%I', depend.refobjid::regclass, attribute.attname)
    FROM pg_depend AS depend JOIN pg_attribute AS attribute ON attribute.attrelid = depend.refobjid AND attribute.attnum = depend.refobjsubid
    WHERE depend.classid = 'pg_class'::regclass AND depend.objid = class.oid AND depend.deptype IN ('a', 'i') AND depend.refclassid = 'pg_class'::regclass
  ) AS with_it (name) ON true
  WHERE class.oid IN (SELECT relation FROM looked_at) AND class.relkind = 'S'
  UNION ALL
  SELECT 'event trigger', quote_ident(found.evtname),
    concat_ws(' ', CASE found.evtenabled WHEN 'D' THEN 'disabled' WHEN 'A' THEN 'always' WHEN 'R' THEN 'on replicas' ELSE 'enabled' END,
      'on', found.evtevent, 'calls', found.evtfoid::regprocedure, 'owned by', quote_ident(pg_get_userbyid(found.evtowner)), 'when ' || found.evttags::text), NULL, NULL
  FROM pg_event_trigger AS found
  UNION ALL
  -- Of types that the server brings, or that columns have: what policies say of values may come to say it of others.
  SELECT 'cast', format('%s AS %s', format_type(made.castsource, NULL), format_type(made.casttarget, NULL)),
    concat_ws(' ', CASE WHEN made.castfunc = 0 THEN 'by what the types have in common' ELSE format('calls %s', made.castfunc::regprocedure) END,
      CASE made.castcontext WHEN 'i' THEN 'everywhere' WHEN 'a' THEN 'on assignment' END), NULL, NULL
  FROM pg_cast AS made
  WHERE made.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_type AS type
    WHERE type.oid IN (made.castsource, made.casttarget) AND type.typnamespace <> 'pg_catalog'::regnamespace
      AND type.oid NOT IN (SELECT attribute.atttypid FROM pg_attribute AS attribute WHERE attribute.attrelid IN (SELECT relation FROM guarded)))
  UNION ALL
  SELECT 'table', class.oid::regclass::text, concat_ws(' ', format('owned by %I', pg_get_userbyid(class.relowner)),
      CASE WHEN class.relrowsecurity THEN 'with' ELSE 'without' END, 'row-level security,', CASE WHEN class.relforcerowsecurity THEN 'forced' ELSE 'not forced' END), NULL, NULL
  FROM pg_class AS class WHERE class.oid IN (SELECT relation FROM project UNION SELECT relation FROM heir)
  UNION ALL
  SELECT 'policy', format('%s %I', policy.polrelid::regclass, policy.polname), concat_ws(' ',
      CASE WHEN policy.polpermissive THEN 'permissive' ELSE 'restrictive' END,
      CASE policy.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, 'to',
      (SELECT string_agg(roles.name, ', ' ORDER BY roles.name COLLATE "C")
       FROM (SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END FROM unnest(policy.polroles) AS role) AS roles (name))),
    md5(regexp_replace(concat(policy.polqual::text, '|', policy.polwithcheck::text), ' :location -?\d+', '', 'g')),
    CASE WHEN @printed@ THEN concat_ws(' ', 'using ' || pg_get_expr(policy.polqual, policy.polrelid), 'with check ' || pg_get_expr(policy.polwithcheck, policy.polrelid)) END
  FROM pg_policy AS policy WHERE policy.polrelid IN (SELECT relation FROM guarded)
  UNION ALL
  SELECT 'trigger', format('%s %I', found.tgrelid::regclass, found.tgname),
    CASE found.tgenabled WHEN 'D' THEN 'disabled' WHEN 'A' THEN 'always' WHEN 'R' THEN 'on replicas' ELSE 'enabled' END,
    md5(concat_ws('|', found.tgtype, found.tgfoid, found.tgattr, regexp_replace(found.tgqual::text, ' :location -?\d+', '', 'g'), found.tgargs)),
    CASE WHEN @printed@ THEN pg_get_triggerdef(found.oid) END
  FROM pg_trigger AS found WHERE found.tgrelid IN (SELECT relation FROM guarded) AND NOT found.tgisinternal
    -- Partitions have what their parents have, unless it is switched off there alone.
    AND found.tgenabled IS DISTINCT FROM (SELECT parent.tgenabled FROM pg_trigger AS parent WHERE parent.oid = found.tgparentid)
  UNION ALL
  SELECT 'rule', format('%s %I', rewrite.ev_class::regclass, rewrite.rulename), rewrite.ev_enabled::text,
    md5(regexp_replace(concat(rewrite.ev_type, rewrite.is_instead, rewrite.ev_qual::text, rewrite.ev_action::text), ' :location -?\d+', '', 'g')),
    CASE WHEN @printed@ THEN pg_get_ruledef(rewrite.oid) END
  FROM pg_rewrite AS rewrite WHERE rewrite.ev_class IN (SELECT relation FROM looked_at) AND rewrite.rulename <> '_RETURN'
  UNION ALL
  SELECT 'view', class.oid::regclass::text, concat_ws(' ', format('owned by %I', pg_get_userbyid(class.relowner)),
      'with ' || (SELECT string_agg(option, ', ' ORDER BY option COLLATE "C") FROM unnest(class.reloptions) AS option)),
    md5(regexp_replace(rewrite.ev_action::text, ' :location -?\d+', '', 'g')), CASE WHEN @printed@ THEN pg_get_viewdef(class.oid) END
  FROM pg_class AS class JOIN pg_rewrite AS rewrite ON rewrite.ev_class = class.oid AND rewrite.rulename = '_RETURN'
  WHERE class.oid IN (SELECT relation FROM looked_at) AND class.relkind IN ('v', 'm')
  UNION ALL
  SELECT 'child', format('%s of %s', heir.relation::regclass, heir.parent::regclass), 'child', NULL, NULL FROM heir
  UNION ALL
  SELECT 'schema', namespace.nspname::text, format('owned by %I', pg_get_userbyid(namespace.nspowner)), NULL, NULL
  FROM pg_namespace AS namespace WHERE namespace.oid IN (SELECT namespace FROM own_schema)
  UNION ALL
  SELECT 'function', function.oid::regprocedure::text, concat(format('owned by %I', pg_get_userbyid(function.proowner)),
      ' (' || nullif(concat_ws(', ', CASE WHEN function.pronamespace IN (SELECT namespace FROM own_schema) THEN 'among what is generated' END,
        CASE WHEN function.prosecdef THEN 'runs as its owner' END, CASE WHEN function.proleakproof THEN 'leakproof' END), '') || ')'), NULL,
    encode(sha256(convert_to(CASE WHEN function.pronamespace IN (SELECT namespace FROM own_schema) OR defined.head < 1 THEN defined.text
      -- What others' functions cost is no matter of the rules.
      ELSE regexp_replace(left(defined.text, defined.head), '\n? (COST|ROWS) [0-9.e+]+', '', 'g') || substr(defined.text, defined.head) END, 'UTF8')), 'hex')
  FROM defined JOIN pg_proc AS function ON function.oid = defined.function
  UNION ALL
  -- What it is called, and when it is asked, is no matter of the rules; nor is one of others that changes no row.
  SELECT 'foreign key', format('%s (%s) to %s (%s)', reference.conrelid::regclass, columns.own, reference.confrelid::regclass, columns.others),
    string_agg(regexp_replace(pg_get_constraintdef(reference.oid), ' DEFERRABLE( INITIALLY DEFERRED)?', ''), '; ' ORDER BY reference.conname), 'one',
    'as ' || string_agg(quote_ident(reference.conname), ', ' ORDER BY reference.conname)
  FROM pg_constraint AS reference
  CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(own.attname), ', ' ORDER BY place), string_agg(quote_ident(other.attname), ', ' ORDER BY place)
    FROM unnest(reference.conkey, reference.confkey) WITH ORDINALITY AS key (own, other, place)
    JOIN pg_attribute AS own ON own.attrelid = reference.conrelid AND own.attnum = key.own
    JOIN pg_attribute AS other ON other.attrelid = reference.confrelid AND other.attnum = key.other
  ) AS columns (own, others)
  WHERE reference.contype = 'f' AND reference.conparentid = 0
    AND (reference.conrelid IN (SELECT relation FROM project) OR reference.confrelid IN (SELECT relation FROM project)
      AND (reference.confdeltype IN ('c', 'n', 'd') OR reference.confupdtype IN ('c', 'n', 'd')))
  GROUP BY reference.conrelid, reference.confrelid, columns.own, columns.others
  UNION ALL
  SELECT entry.kind, format('%s on %s to %s', entry.privilege, entry.place, CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END),
    CASE WHEN bool_or(entry.is_grantable) THEN 'may be passed on' ELSE 'granted' END, min(entry.tree), NULL
  FROM entry
  GROUP BY entry.kind, entry.privilege, entry.place, entry.grantee"#;
