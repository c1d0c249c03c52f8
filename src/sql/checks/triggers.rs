//! Triggers of these rules, which have to fire on every row that a table shows, and others that would falsify the record of changes.

use super::Check;

pub(super) const CHECKS: &[Check] = &[OWN, MOVES, CHILDREN, RECORD, RULES];

/// Row triggers are cloned to partitions, and each clone can be disabled by itself.
pub(super) const OWN: Check = Check {
    about: "Triggers of these rules that are missing or disabled, on the table or one of its partitions.",
    query: r"
  SELECT place.relation::regclass::text, format('the trigger %I of these rules %s', made.name, CASE
      WHEN found.oid IS NULL THEN 'is missing: make it as the whole state (rls.sql) does' ELSE 'is disabled' END),
    CASE WHEN found.oid IS NOT NULL THEN
      format('ALTER TABLE %s ENABLE %sTRIGGER %I', place.relation::regclass, CASE WHEN made.always THEN 'ALWAYS ' END, made.name) END, true
  FROM trigger_made AS made
  JOIN (
    SELECT relation::oid AS root, relation::oid FROM project
    UNION ALL
    SELECT descendant.root, descendant.relation FROM descendant
    JOIN pg_class AS class ON class.oid = descendant.relation AND class.relispartition AND class.relkind IN ('r', 'p')
  ) AS place (root, relation) ON place.root = made.relation
  LEFT JOIN pg_trigger AS found ON found.tgrelid = place.relation AND found.tgname = made.name AND NOT found.tgisinternal
  WHERE found.oid IS NULL OR found.tgenabled <> 'A' AND (made.always OR found.tgenabled <> 'O')",
};

/// A record that moves to another partition is deleted and inserted, and no trigger of UPDATE fires.
pub(super) const MOVES: Check = Check {
    about: "Partitioned tables that these rules ask about each update of, and that do not refuse to move a record to another partition.",
    query: r"
  SELECT made.relation::text, 'an update that moves a record to another partition is not asked about: apply the rules again',
    NULL, true
  FROM trigger_made AS made
  JOIN pg_class AS class ON class.oid = made.relation AND class.relkind = 'p'
  WHERE made.name = '!rowgate_update'
    AND NOT EXISTS (
      SELECT FROM pg_trigger AS found
      WHERE found.tgrelid = made.relation AND found.tgname = '~~rowgate_move' AND found.tgenabled = 'A')",
};

/// Row triggers are not cloned to these (manual section 5.11.1), so what is written through the parent would not be asked about.
const CHILDREN: Check = Check {
    about: "Children by INHERITS of a table with triggers of these rules: their rows are written through the table, and no trigger fires.",
    query: r"
  SELECT child.oid::regclass::text, format('inherits from %s, whose triggers do not fire for its rows', descendant.parent::regclass),
    format('ALTER TABLE %s NO INHERIT %s', child.oid::regclass, descendant.parent::regclass), true
  FROM descendant
  JOIN pg_class AS child ON child.oid = descendant.relation AND NOT child.relispartition
  -- What is inserted into the table stays in it, so what fires for that alone misses nothing.
  WHERE descendant.root IN (SELECT relation FROM trigger_made WHERE name NOT LIKE '!rowgate%create%')
  GROUP BY child.oid, descendant.parent",
};

const RECORD: Check = Check {
    about: "Triggers of others on the record of changes, which could change or drop what is recorded.",
    query: r"
  SELECT other.tgrelid::regclass::text, format('the trigger %I is not of these rules', other.tgname),
    format('DROP TRIGGER %I ON %s', other.tgname, other.tgrelid::regclass), true
  FROM pg_trigger AS other
  WHERE other.tgrelid IN (SELECT relation FROM record_of_changes) AND NOT other.tgisinternal
    AND NOT EXISTS (SELECT FROM trigger_made AS made WHERE made.relation = other.tgrelid AND made.name = other.tgname)",
};

const RULES: Check = Check {
    about: "Rewrite rules, which make other statements of those that the policies and masking views are asked about, or reach the project's tables as the owner of another one.",
    query: r"
  SELECT rule.ev_class::regclass::text, CASE WHEN own.relation IS NOT NULL THEN format('the rule %I rewrites its statements', rule.rulename)
      ELSE format('there is a way around the policies: %s can use it, and its rule %I reaches tables of the project', usable.by, rule.rulename) END,
    format('DROP RULE %I ON %s', rule.rulename, rule.ev_class::regclass), true
  FROM pg_rewrite AS rule
  LEFT JOIN (SELECT relation FROM project UNION SELECT relation FROM own_view) AS own (relation) ON own.relation = rule.ev_class
  LEFT JOIN usable ON usable.relation = rule.ev_class
  WHERE rule.rulename <> '_RETURN' AND (own.relation IS NOT NULL OR usable.relation IS NOT NULL AND EXISTS (
    SELECT FROM pg_depend AS depend
    WHERE depend.classid = 'pg_rewrite'::regclass AND depend.objid = rule.oid AND depend.refclassid = 'pg_class'::regclass
      AND depend.refobjid <> rule.ev_class
      AND (depend.refobjid IN (SELECT relation FROM project) OR depend.refobjid IN (SELECT relation FROM viewed))))",
};
