//! The questions that are asked of a server's catalog for an import: one for each kind of thing. Expressions are printed with nothing but `pg_catalog` on the search path.

/// Where unqualified names of helpers are looked for: by this connection, and by what is set for roles and the database; asked before anything is set.
pub(super) const SEARCH_PATHS: &str = "SELECT 'search_path=' || current_setting('search_path') UNION \
     SELECT setting FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) setting WHERE setting LIKE 'search_path=%' \
     AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))";

/// What an unqualified name could be: which kind of thing, schema, name. Of PostgreSQL's own functions, those whose names others have. Operators are those whose operands may be of its
/// types: these themselves, domains over them, enums and whatever else its own operators take, what its types become by themselves, and types that are of another schema than the operator.
pub(super) const NAMES: &str = "WITH others AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'), \
     own AS (SELECT oid FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace) \
     SELECT 'relation', n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (n.oid IN (SELECT oid FROM others) OR n.nspname = 'pg_catalog') \
     UNION ALL SELECT DISTINCT 'function', n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
     WHERE n.oid IN (SELECT oid FROM others) OR n.nspname = 'pg_catalog' AND p.proname IN (SELECT proname FROM pg_proc JOIN others ON others.oid = pronamespace) \
     UNION ALL SELECT 'type', n.nspname, t.typname FROM pg_type t JOIN others n ON n.oid = t.typnamespace WHERE t.typcategory <> 'A' \
     UNION ALL SELECT DISTINCT 'operator', n.nspname, o.oprname FROM pg_operator o JOIN others n ON n.oid = o.oprnamespace \
     JOIN pg_type t ON t.oid IN (o.oprleft, o.oprright) \
     WHERE t.typtype IN ('d', 'e', 'p') OR t.typnamespace <> o.oprnamespace \
     OR EXISTS (SELECT FROM pg_cast c JOIN own ON own.oid = c.castsource WHERE c.casttarget = t.oid AND c.castcontext = 'i')";

/// What makes the answers the same for everybody.
pub(super) const PREPARE: &str = "SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; SET LOCAL jit = off; \
     SET LOCAL lock_timeout = '5s'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'; \
     SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on";

/// Roles but PostgreSQL's own: name, whether a superuser, whether no policy holds it, whether it may log in.
pub(super) const ROLES: &str =
    "SELECT rolname, rolsuper, rolsuper OR rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname";

/// Which role has the rights of which other without asking for them. A superuser has all, and none by membership.
pub(super) const RIGHTS: &str = "SELECT r.rolname, o.rolname FROM pg_roles r JOIN pg_roles o ON pg_has_role(r.oid, o.oid, 'USAGE') \
     WHERE r.rolname !~ '^pg_' AND NOT r.rolsuper AND r.oid <> o.oid \
     AND (EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid))";

/// Which role may use which schema.
pub(super) const SCHEMAS: &str = "SELECT n.nspname, r.rolname FROM pg_namespace n LEFT JOIN pg_roles r \
     ON r.rolname !~ '^pg_' AND has_schema_privilege(r.oid, n.oid, 'USAGE') WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// Tables: schema, name, owner, whether row-level security is on, whether for the owner, too.
pub(super) const TABLES: &str = "SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')";

/// Rights on tables and columns: schema, name, who (empty for PUBLIC), which, column.
pub(super) const GRANTS: &str = "SELECT n.nspname, c.relname, CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END, \
     a.privilege_type, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (\
     SELECT x.grantee, x.privilege_type, NULL::name AS attname FROM aclexplode(c.relacl) x \
     UNION ALL SELECT x.grantee, x.privilege_type, t.attname FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) x \
     WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped) a \
     WHERE c.relkind IN ('r', 'p') AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') ORDER BY 1, 2, 3, 4, 5";

/// Policies: schema, table, name, whether permissive, operation, roles as JSON, both expressions, whether for PUBLIC, schemas of operators `=` that they need.
pub(super) const POLICIES: &str = "SELECT n.nspname, c.relname, p.polname, p.polpermissive, p.polcmd, \
     (SELECT coalesce(json_agg(pg_get_userbyid(r) ORDER BY pg_get_userbyid(r)), '[]') FROM unnest(p.polroles) r WHERE r <> 0)::text, \
     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), 0 = ANY (p.polroles), \
     (SELECT json_agg(n.nspname) FROM pg_depend d JOIN pg_operator o ON o.oid = d.refobjid JOIN pg_namespace n ON n.oid = o.oprnamespace \
     WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_operator'::regclass AND o.oprname = '=')::text \
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     ORDER BY n.nspname, c.relname, p.polname";

/// Policies on parts of tables: the part's schema and name, the policy, schema and name of a table that it is a part of.
pub(super) const OF_PARTS: &str = "WITH RECURSIVE part (root, relation) AS (\
     SELECT inhparent, inhrelid FROM pg_inherits UNION SELECT part.root, i.inhrelid FROM part JOIN pg_inherits i ON i.inhparent = part.relation) \
     SELECT n.nspname, c.relname, p.polname, o.nspname, r.relname FROM part JOIN pg_policy p ON p.polrelid = part.relation \
     JOIN pg_class c ON c.oid = part.relation JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_class r ON r.oid = part.root JOIN pg_namespace o ON o.oid = r.relnamespace ORDER BY 1, 2, 3, 4, 5";

/// Functions: schema, name, names of parameters and their kinds as JSON, how many are handed in, how many have a default, language,
/// body, whether parsed, whether as its owner, owner, whether strict, whether of rows, what it gives, settings as JSON, defaults, types of what is handed in (of a
/// domain that cuts nothing, what it is made of), who may call it, whether plain and no extension's, schemas of operators `=` that its parsed body needs.
pub(super) const FUNCTIONS: &str = "SELECT n.nspname, p.proname, to_json(p.proargnames)::text, to_json(p.proargmodes)::text, p.pronargs, \
     p.pronargdefaults, l.lanname, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), p.prosqlbody IS NOT NULL, p.prosecdef, \
     pg_get_userbyid(p.proowner), p.proisstrict, p.proretset, format_type(p.prorettype, NULL), to_json(p.proconfig)::text, pg_get_expr(p.proargdefaults, 0), \
     (SELECT json_agg(format_type(CASE WHEN t.typtype = 'd' AND t.typtypmod = -1 THEN t.typbasetype ELSE t.oid END, NULL) ORDER BY a.place) \
     FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, place) JOIN pg_type t ON t.oid = a.type)::text, \
     (SELECT json_agg(CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END) \
     FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.privilege_type = 'EXECUTE')::text, \
     p.prokind = 'f' AND p.provariadic = 0 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'), \
     (SELECT json_agg(n.nspname) FROM pg_depend d JOIN pg_operator o ON o.oid = d.refobjid JOIN pg_namespace n ON n.oid = o.oprnamespace \
     WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_operator'::regclass AND o.oprname = '=')::text \
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang \
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.prorettype <> 'trigger'::regtype \
     ORDER BY 1, 2, pg_get_function_identity_arguments(p.oid)";
