//! The record in the database: its tables, and the function that says how the server keeps what was applied. In: the schema of the look-ups. Out:
//! objects.
//!
//! Each row of the function is a fact: what it is (`kind`, `name`), what is said of it outright (`attributes`), the stored expression without places in
//! the text (`tree`), and the expression as the server prints it (`print`). A tree outlives a renaming, a print outlives a restore: a fact is as it
//! was while its attributes are, and one of the two. Names and prints depend on settings of the session, so the function pins them.

use super::generate::Generator;
use super::quote;
use crate::catalog::QualifiedName;
use crate::objects::template::fill;
use crate::objects::{Body, Callers, Function, Kind, Object, Purpose, Record, Right, Rights, Schema, State, Target};

/// What names and prints depend on, as SQL behind `SET`.
const PINNED: [&str; 9] = [
    "quote_all_identifiers = off",
    "TimeZone = 'UTC'",
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "bytea_output = 'hex'",
    "extra_float_digits = 1",
    "xmlbinary = 'base64'",
    "lc_monetary = 'C'",
    // What there is, is found by keys of catalogs; compiling would take longer.
    "jit = off",
];

impl Generator<'_> {
    /// The record, in a schema that is there for it alone where there are no look-ups; none where there is nothing to keep.
    pub(super) fn record(&mut self) {
        if self.objects.is_empty() {
            return;
        }
        let schema = &self.model.lookup_schema;
        let is_schema = |object: &Object| object.kind() == Kind::LookupSchema && object.id().name == quote::identifier(schema);
        if !self.objects.iter().any(is_schema) {
            self.add(Schema { name: schema.clone(), used_by: None }, Vec::new());
        }
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let identity = &self.model.identity;
        let record = Record {
            schema: schema.clone(),
            closed_to: self.everyone(),
            settings: owned(self.model.session_settings()),
            joined: std::iter::once(&identity.signed_in_role).chain(&identity.anonymous_role).cloned().collect(),
            read_by: self.model.inspection_role.clone(),
        };
        self.add(record, Vec::new());
        let facts = facts(schema);
        let signature = facts.signature();
        self.add(facts, vec!["What the record is compared with: how the server keeps what was applied".to_owned()]);
        // Whoever is told why somebody can or cannot is told what is otherwise than it was applied.
        if let Some(role) = &self.model.inspection_role {
            self.add(Rights::new(Target::Function(signature), Purpose::Calls, vec![Right::to_use(role)]), Vec::new());
            self.usage_of(schema, role);
        }
    }
}

/// What the function asks, without the function: for a database whose record is not to be believed. It expects `search_path = pg_catalog`, and the settings of
/// [`facts_settings`].
pub fn facts_query(state: &State) -> String {
    let row = |(kind, name): &(crate::objects::ScopeKind, String)| {
        format!("({}, {})", quote::literal(kind.word()), quote::literal(name))
    };
    let rows: Vec<String> = state.scope().iter().map(row).collect();
    let scope = format!("(SELECT * FROM (VALUES {}) AS given (kind, name)) AS scope", rows.join(", "));
    fill(QUERY, &[("scope", &scope), ("printed", "true")])
}

/// What names and prints depend on, each as SQL behind `SET LOCAL`.
pub fn facts_settings() -> Vec<String> {
    PINNED.map(str::to_owned).to_vec()
}

fn query(schema: &str) -> String {
    fill(QUERY, &[("scope", &format!("{}.scope", quote::identifier(schema))), ("printed", "printed")])
}

fn facts(schema: &str) -> Function {
    Function {
        name: QualifiedName { schema: schema.to_owned(), name: Record::FACTS.to_owned() },
        names: vec!["printed".to_owned()],
        arguments: vec!["boolean".to_owned()],
        returns: "TABLE (kind text, name text, attributes text, tree text, print text)".to_owned(),
        attributes: "STABLE".to_owned(),
        is_definer: false,
        settings: PINNED.map(str::to_owned).to_vec(),
        body: Body::Plpgsql(format!("#variable_conflict use_column\nBEGIN\n  RETURN QUERY\n{};\nEND", query(schema))),
        comment: Some("how the server keeps what was applied, for the record".to_owned()),
        callers: Callers::Granted,
        owner: None,
        shows: None,
        calls: std::collections::BTreeSet::new(),
    }
}

/// `@scope@` is the table of what it is about.
const QUERY: &str = r#"  WITH RECURSIVE
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
    UNION SELECT class.oid FROM viewed JOIN pg_class AS class ON class.oid = viewed.relation AND class.relpersistence <> 't'
    UNION SELECT class.oid FROM pg_class AS class WHERE class.relnamespace IN (SELECT namespace FROM own_schema) AND class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION SELECT depend.objid FROM pg_depend AS depend JOIN pg_class AS sequence ON sequence.oid = depend.objid AND sequence.relkind = 'S'
      WHERE depend.classid = 'pg_class'::regclass AND depend.refclassid = 'pg_class'::regclass AND depend.deptype IN ('a', 'i')
        AND depend.refobjid IN (SELECT relation FROM project)
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
    -- What runs as somebody else, and a session of the application may call.
    SELECT function.oid FROM pg_proc AS function JOIN pg_namespace AS namespace ON namespace.oid = function.pronamespace
    WHERE function.prosecdef AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
      AND EXISTS (SELECT FROM aclexplode(coalesce(function.proacl, acldefault('f', function.proowner))) AS acl
        WHERE acl.grantee = 0 OR acl.grantee IN (SELECT role FROM acting))
      AND NOT EXISTS (SELECT FROM pg_depend AS depend
        WHERE depend.classid = 'pg_proc'::regclass AND depend.objid = function.oid AND depend.deptype = 'e')
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
        WHEN 'n' THEN 'schemas' ELSE 'types' END, pg_get_userbyid(by_default.defaclrole), coalesce(namespace.nspname::text, 'every schema')),
      acl.grantee, acl.privilege_type, acl.is_grantable, NULL
    FROM pg_default_acl AS by_default LEFT JOIN pg_namespace AS namespace ON namespace.oid = by_default.defaclnamespace,
      aclexplode(by_default.defaclacl) AS acl
    WHERE acl.grantee <> by_default.defaclrole AND (by_default.defaclnamespace = 0 OR by_default.defaclnamespace IN (
      SELECT namespace FROM own_schema
      UNION SELECT class.relnamespace FROM pg_class AS class WHERE class.oid IN (SELECT relation FROM project)))
    UNION ALL
    SELECT 'grant', format('setting %s', parameter.parname), acl.grantee, acl.privilege_type, acl.is_grantable, NULL
    FROM pg_parameter_acl AS parameter, aclexplode(parameter.paracl) AS acl
    WHERE parameter.parname = 'session_replication_role'
  )
  SELECT 'role', role.rolname::text, concat_ws(' ',
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
    SELECT CASE WHEN login.rolcanlogin AND NOT role.rolcanlogin AND member.member NOT IN (SELECT role FROM acting)
      AND (member.role IN (SELECT role FROM joined) OR member.role NOT IN (SELECT role FROM apart)) THEN 'login' ELSE 'membership' END
    WHERE member.acts
    UNION ALL
    SELECT 'admin' WHERE member.passes_on
  ) AS given (kind)
  WHERE member.member IN (SELECT role FROM acting)
    OR member.role IN (SELECT role FROM actor)
    OR member.role IN (SELECT role FROM apart) AND member.member IN (SELECT role FROM actor)
  UNION ALL
  SELECT 'power', format('%s of %I', power.name, role.rolname), 'held', NULL, NULL
  FROM pg_roles AS role
  CROSS JOIN LATERAL (VALUES ('SUPERUSER', role.rolsuper), ('BYPASSRLS', role.rolbypassrls), ('CREATEROLE', role.rolcreaterole), ('REPLICATION', role.rolreplication))
    AS power (name, is_held)
  WHERE power.is_held AND role.oid IN (SELECT role FROM entitled) AND role.oid NOT IN (SELECT role FROM acting)
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
  SELECT 'function', function.oid::regprocedure::text, format('owned by %I', pg_get_userbyid(function.proowner)), NULL,
    encode(sha256(convert_to(pg_get_functiondef(function.oid), 'UTF8')), 'hex')
  FROM pg_proc AS function
  WHERE function.oid IN (SELECT function FROM called) AND function.prokind IN ('f', 'p') AND function.pronamespace <> 'pg_catalog'::regnamespace
  UNION ALL
  SELECT 'foreign key', format('%s %I', reference.conrelid::regclass, reference.conname), pg_get_constraintdef(reference.oid), NULL, NULL
  FROM pg_constraint AS reference
  WHERE reference.contype = 'f' AND reference.conparentid = 0
    AND (reference.conrelid IN (SELECT relation FROM project) OR reference.confrelid IN (SELECT relation FROM project))
  UNION ALL
  SELECT entry.kind, format('%s on %s to %s', entry.privilege, entry.place, CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END),
    CASE WHEN bool_or(entry.is_grantable) THEN 'may be passed on' ELSE 'granted' END, min(entry.tree), NULL
  FROM entry
  GROUP BY entry.kind, entry.privilege, entry.place, entry.grantee"#;
