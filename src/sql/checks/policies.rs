//! Policies that decide about the project's rows besides those of the rules, or instead of them.

use super::Check;

pub(super) const CHECKS: &[Check] = &[OTHERS, OWN];

/// Where they are found.
macro_rules! of_others {
    () => {
        r"  FROM pg_policy AS policy
  JOIN pg_class AS class ON class.oid = policy.polrelid
  JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
  CROSS JOIN LATERAL (
    -- Of a partition or child, the table of the project that it is a part of: whoever names the part goes by its policies.
    SELECT policy.polrelid WHERE policy.polrelid IN (SELECT relation FROM project)
    UNION
    SELECT root FROM descendant WHERE relation = policy.polrelid AND relation NOT IN (SELECT relation FROM project)
  ) AS part (root)
  JOIN pg_class AS whole ON whole.oid = part.root
  JOIN pg_namespace AS beside ON beside.oid = whole.relnamespace
  WHERE (0 = ANY (policy.polroles) OR policy.polroles && ARRAY(
      SELECT role FROM reached UNION SELECT oid FROM served UNION SELECT edge.role FROM edge JOIN served ON served.oid = edge.member))
    AND NOT EXISTS (SELECT FROM policy_made AS made WHERE made.relation = policy.polrelid AND made.name = policy.polname)
    AND NOT EXISTS (
      SELECT FROM accepted
      WHERE accepted.kind = 'policy' AND accepted.schema = beside.nspname AND accepted.name = whole.relname
        AND accepted.part = policy.polname)"
    };
}

/// The same by their names: schema, table, policy.
pub(super) const NAMES_OF_OTHERS: &str =
    concat!("\n  SELECT DISTINCT namespace.nspname, class.relname, policy.polname", of_others!(), "\n  ORDER BY 1, 2, 3");

/// Their numbers.
pub(super) const NUMBERS_OF_OTHERS: &str = concat!("SELECT policy.oid", of_others!());

/// One for roles that nobody of the application can act as, and that are not those of look-ups and masking, decides nothing here.
pub(super) const OTHERS: Check = Check {
    about: "Policies that are not of these rules: permissive ones add rows, restrictive ones take rows away, from look-ups too.",
    query: concat!(
        r"
  SELECT DISTINCT policy.polrelid::regclass::text, format('the policy %I is not of these rules, and %s for %s%s', policy.polname,
      CASE WHEN policy.polpermissive THEN 'adds rows' ELSE 'takes rows away, from look-ups too,' END,
      (SELECT string_agg(grantee.name, ', ' ORDER BY grantee.name) FROM grantee WHERE grantee.oid = ANY (policy.polroles)),
      CASE WHEN part.root <> policy.polrelid THEN format(' who names this part of %s', part.root::regclass) END),
    format('DROP POLICY %I ON %s', policy.polname, policy.polrelid::regclass), true
",
        of_others!()
    ),
};

pub(super) const OWN: Check = Check {
    about: "Policies of these rules that are missing, or for another command or other roles.",
    query: r"
  SELECT made.relation::text, format('the policy %I of these rules %s', made.name, CASE
      WHEN policy.oid IS NULL THEN 'is missing: make it as the whole state (rls.sql) does'
      WHEN same.command THEN 'is for other roles'
      ELSE 'is for another command, or restrictive where it should be permissive, or the reverse: make it anew as the whole state (rls.sql) does'
    END),
    CASE WHEN policy.oid IS NULL THEN NULL
      WHEN same.command THEN format('ALTER POLICY %I ON %s TO %s', made.name, made.relation, (
        SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest(made.roles) AS name))
      ELSE format('DROP POLICY %I ON %s', made.name, made.relation) END, true
  FROM policy_made AS made
  LEFT JOIN pg_policy AS policy ON policy.polrelid = made.relation AND policy.polname = made.name
  CROSS JOIN LATERAL (SELECT policy.polcmd = made.command AND policy.polpermissive = made.permissive) AS same (command)
  LEFT JOIN (
    SELECT made.relation, made.name, array_agg(role.oid ORDER BY role.oid) AS roles
    FROM policy_made AS made
    CROSS JOIN LATERAL unnest(made.roles) AS given (name)
    JOIN server_role AS role ON role.rolname = given.name
    GROUP BY made.relation, made.name
  ) AS meant ON meant.relation = made.relation AND meant.name = made.name
  WHERE policy.oid IS NULL OR NOT same.command
    OR ARRAY(SELECT role FROM unnest(policy.polroles) AS role ORDER BY role) IS DISTINCT FROM meant.roles",
};
