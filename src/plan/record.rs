//! What a script writes into the record of the database, and what it asks of it before it changes anything. In: the states that it leads from and to.
//! Out: statements.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result};

use super::statements::quote_do;
use crate::objects::template::fill;
use crate::objects::{Id, Object, Record, ScopeKind, State, quote};

/// What a script does with the record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// What the script is called.
    pub(super) title: &'a str,
    /// Where it leads from; empty for a database that nothing was applied to.
    pub(super) from: &'a State,
    /// Where it leads to.
    pub(super) to: &'a State,
    /// The texts that it is made of by their names; none in files, which stand beside them.
    pub(super) sources: &'a [(&'a str, &'a str)],
    /// Whether what is in force may be something else than what was recorded, because the script makes it again.
    pub(super) repairs: bool,
}

impl Entry<'_> {
    /// Fails where the database is not in the state that the script leads from; none for one that leads from nothing.
    pub(super) fn expect(&self) -> Option<String> {
        let from = self.from.record();
        let record = from.or_else(|| self.to.record()).filter(|_| !self.from.objects.is_empty())?;
        let applied = record.named("applied");
        let values = [
            ("applied", applied.as_str()),
            ("schema", &quote::literal(&record.schema)),
            ("digest", &quote::literal(&self.from.digest())),
            ("differences", &differences(record)),
            ("to_be_told", &to_be_told(record)),
        ];
        let body = match (from, self.repairs) {
            (None, _) => fill(HAS_NONE, &values),
            (Some(_), false) => fill(IS_NEXT, &[values.as_slice(), &[("drift", &fill(AS_RECORDED, &values))]].concat()),
            (Some(_), true) => fill(IS_NEXT, &[values.as_slice(), &[("drift", "")]].concat()),
        };
        Some(quote_do(&body))
    }

    /// Writes what was applied into a record, statement by statement. `is_made`: whether its tables are made by this very script, and empty.
    pub(super) fn write(&self, record: &Record, is_made: bool, write: &mut Statements<'_>) -> Result {
        let nothing = State::empty();
        let from = if is_made { &nothing } else { self.from };
        let recorded = recorded(self.to);
        let digest = quote::literal(&State::digest_of(recorded.values().map(String::as_str).collect()));
        let (before, after) = (from.scope(), self.to.scope());
        let scope = record.named("scope");
        delete(&scope, before.difference(&after).map(in_scope), write)?;
        insert(&scope, "kind, name", after.difference(&before).map(in_scope), write)?;
        objects(record, from, &recorded, write)?;
        let applied = [
            ("applied", record.named("applied")),
            ("title", quote::literal(self.title)),
            ("digest", digest.clone()),
            ("program", quote::literal(env!("CARGO_PKG_VERSION"))),
        ];
        write(&fill(APPLIED, &applied.each_ref().map(|(name, value)| (*name, value.as_str()))))?;
        if !self.sources.is_empty() {
            let source = record.named("source");
            let row = |(name, content): &(&str, &str)| [digest.clone(), quote::literal(name), quote::literal(content)];
            write(&format_args!("DELETE FROM {source}"))?;
            insert(&source, "state, name, content", self.sources.iter().map(row), write)?;
        }
        let fact = record.named("fact");
        if self.repairs && !is_made {
            record.facts_anew().iter().try_for_each(|statement| write(statement))?;
        }
        write(&format_args!("DELETE FROM {fact}"))?;
        write(&format_args!("INSERT INTO {fact} SELECT * FROM {}(true)", record.named(Record::FACTS)))
    }
}

/// Takes statements one by one. Of a large project they are long, and need not be in memory as a whole.
pub(super) type Statements<'a> = dyn FnMut(&dyn Display) -> Result + 'a;

/// The objects of a state as they are recorded. Each is made once: of a large project, they are long.
fn recorded(state: &State) -> BTreeMap<&Id, String> {
    state.objects.iter().map(Object::id).zip(state.recorded()).collect()
}

/// What is written of objects that are there no more, are others, or are new.
fn objects(record: &Record, from: &State, after: &BTreeMap<&Id, String>, write: &mut Statements<'_>) -> Result {
    let before = recorded(from);
    let object = record.named("object");
    let is_new = |id: &Id, definition: &String| before.get(id) != Some(definition);
    let gone = before.keys().filter(|id| after.get(*id).is_none_or(|now| is_new(id, now)));
    delete(&object, gone.map(|id| literals(id)), write)?;
    let made = after.iter().filter(|(id, definition)| is_new(id, definition));
    let row = |(id, definition): (&&Id, &String)| {
        let [kind, name] = literals(id);
        [kind, name, quote::literal(definition)]
    };
    insert(&object, "kind, name, definition", made.map(row), write)
}

/// The query whose rows are what is in force otherwise than it was recorded: `kind`, `name`, what it was (`was`), what it is (`now`), either of which may be
/// missing. It expects `search_path = pg_catalog`.
pub fn differences(record: &Record) -> String {
    fill(
        DIFFERENCES,
        &[("fact", &record.named("fact")), ("facts", &record.named(Record::FACTS)), ("applied", &record.named("applied"))],
    )
}

/// Whether a difference, a row `found` of [`differences`], is told before anything is applied on top of it: a condition.
pub fn to_be_told(record: &Record) -> String {
    fill(TO_BE_TOLD, &[("fact", &record.named("fact"))])
}

/// The query that has a row where something is in force otherwise than it was recorded, by what is told without opening a table; perhaps also where
/// nothing is. It expects `search_path = pg_catalog`.
pub fn quick_difference(record: &Record) -> String {
    fill(
        QUICK_DIFFERENCE,
        &[("fact", &record.named("fact")), ("facts", &record.named(Record::FACTS)), ("applied", &record.named("applied"))],
    )
}

fn in_scope((kind, name): &(ScopeKind, String)) -> [String; 2] {
    [quote::literal(kind.word()), quote::literal(name)]
}

fn literals(id: &Id) -> [String; 2] {
    [quote::literal(id.kind.word()), quote::literal(&id.name)]
}

fn insert<R: AsRef<[String]>>(
    table: &str,
    columns: &str,
    rows: impl Iterator<Item = R> + Clone,
    write: &mut Statements<'_>,
) -> Result {
    with_rows([&format!("INSERT INTO {table} ({columns}) VALUES"), ""], rows, write)
}

fn delete<R: AsRef<[String]>>(table: &str, rows: impl Iterator<Item = R> + Clone, write: &mut Statements<'_>) -> Result {
    with_rows([&format!("DELETE FROM {table} WHERE (kind, name) IN (VALUES"), "\n)"], rows, write)
}

/// A statement around rows; none where there are none.
fn with_rows<R: AsRef<[String]>>(
    [before, after]: [&str; 2],
    rows: impl Iterator<Item = R> + Clone,
    write: &mut Statements<'_>,
) -> Result {
    if rows.clone().next().is_none() { Ok(()) } else { write(&format_args!("{before}{}{after}", Rows(rows))) }
}

/// Rows of constants, each made when it is written.
struct Rows<I>(I);

impl<R: AsRef<[String]>, I: Iterator<Item = R> + Clone> Display for Rows<I> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        for (index, row) in self.0.clone().enumerate() {
            out.write_str(if index == 0 { "\n  (" } else { ",\n  (" })?;
            for (index, value) in row.as_ref().iter().enumerate() {
                out.write_str(if index == 0 { "" } else { ", " })?;
                out.write_str(value)?;
            }
            out.write_str(")")?;
        }
        Ok(())
    }
}

const APPLIED: &str = "INSERT INTO @applied@ (number, title, state, program, server, database)
  SELECT coalesce(max(number), 0) + 1, @title@, @digest@, @program@, current_setting('server_version_num')::int / 10000,
    (SELECT oid FROM pg_database WHERE datname = current_database())
  FROM @applied@";

/// States of earlier versions have no record.
const HAS_NONE: &str = "BEGIN
  IF EXISTS (SELECT FROM pg_class WHERE relname = 'applied' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = @schema@)) THEN
    RAISE EXCEPTION 'this is not the next step for this database: it was brought further, and has a record of it'
      USING HINT = 'Take migrations/state.json from the branch whose migrations were applied here, or change the database with `rowgate apply`.';
  END IF;
END";

const IS_NEXT: &str = "DECLARE
  previous record;
  drift text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'applied' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = @schema@)) THEN
    RAISE EXCEPTION 'this is not the next step for this database: it has no record of what was applied to it'
      USING HINT = 'Apply the migrations before this one, or rls.sql of the state that it leads from.';
  END IF;
  -- One deployment at a time. Reading is not waited for, nor does it wait.
  LOCK TABLE @applied@ IN SHARE ROW EXCLUSIVE MODE;
  SELECT number, title, state, at INTO previous FROM @applied@ ORDER BY number DESC LIMIT 1;
  IF previous.state IS DISTINCT FROM @digest@ THEN
    RAISE EXCEPTION 'this is not the next step for this database: what was applied last is \"%\", at %', previous.title, previous.at
      USING HINT = 'Apply the migrations between that and this one. `rowgate plan` says what the database has and what it lacks.';
  END IF;@drift@
END";

/// Afterwards it would be taken for what was applied. Told is what the rules made and is
/// otherwise, and what may let somebody do more. What others made for the application is the last step's to judge: policies, triggers, rewrite rules, views and functions, and
/// who may call one that was not there; sequences, which are closed. So are references. Logins of what every session is come and go.
const TO_BE_TOLD: &str = "CASE
      WHEN found.kind IN ('policy', 'trigger', 'rule', 'function', 'view') THEN found.was IS NOT NULL
      WHEN found.kind IN ('login', 'foreign key', 'child') OR found.now IS NULL THEN false
      WHEN found.kind = 'sequence' THEN found.was IS NOT NULL
      WHEN found.kind = 'grant' THEN NOT EXISTS (
        SELECT FROM pg_class AS sequence WHERE sequence.relkind = 'S' AND strpos(found.name, concat(' on ', sequence.oid::regclass, ' to ')) > 0
      ) AND (strpos(found.name, ' on function ') = 0 OR EXISTS (
        SELECT FROM @fact@ AS known WHERE known.kind = 'function' AND strpos(found.name, concat(' on function ', known.name, ' to ')) > 0
      ))
      ELSE true
    END";

/// What the rules made and is otherwise would be changed on top of something else, and then be taken for what was applied.
const AS_RECORDED: &str = "
  SELECT string_agg(concat(kind, ' ', name, CASE WHEN now IS NULL THEN ' is gone' WHEN was IS NULL THEN ' was added' ELSE ' was altered' END), E'\\n')
  INTO drift FROM (
@differences@
  ) AS found
  WHERE @to_be_told@;
  IF drift IS NOT NULL THEN
    RAISE EXCEPTION 'what is in force is not what was applied: %', split_part(drift, E'\\n', 1)
      USING DETAIL = drift, HINT = '`rowgate verify` shows what it was and what it is; `rowgate apply --repair` makes what is of the rules again, and takes the rest as it is.';
  END IF;";

const DIFFERENCES: &str = "  WITH known AS MATERIALIZED (SELECT * FROM @facts@(true))
  SELECT coalesce(was.kind, now.kind) AS kind, coalesce(was.name, now.name) AS name,
    CASE WHEN was.kind IS NOT NULL THEN concat_ws(' ', was.attributes, was.print) END AS was,
    CASE WHEN now.kind IS NOT NULL THEN concat_ws(' ', now.attributes, now.print) END AS now
  FROM @fact@ AS was
  FULL JOIN known AS now ON now.kind = was.kind AND now.name = was.name
  CROSS JOIN (
    SELECT last.database = here.oid AS is_same_database, last.server = current_setting('server_version_num')::int / 10000 AS is_same_server
    FROM @applied@ AS last, pg_database AS here
    WHERE here.datname = current_database() ORDER BY last.number DESC LIMIT 1
  ) AS last
  WHERE (was.kind IS NULL OR now.kind IS NULL OR was.attributes <> now.attributes
      OR was.print IS DISTINCT FROM now.print AND NOT coalesce(was.tree = now.tree AND is_same_database, false)
        -- Another major version prints views otherwise.
        AND (was.kind <> 'view' OR is_same_server))
    -- A sequence that came or went with its column.
    AND NOT (coalesce(was.kind, now.kind) = 'sequence' AND (was.kind IS NULL OR now.kind IS NULL) AND coalesce(was.attributes, now.attributes) LIKE 'goes with %')
    -- A right at a column that was renamed.
    AND NOT (coalesce(was.kind, now.kind) = 'grant' AND is_same_database AND (was.kind IS NULL OR now.kind IS NULL)
      AND EXISTS (SELECT FROM @fact@ AS old WHERE old.kind = 'grant' AND old.tree = coalesce(was.tree, now.tree))
      AND EXISTS (SELECT FROM known AS new WHERE new.kind = 'grant' AND new.tree = coalesce(was.tree, now.tree)))
  ORDER BY 1, 2";

const QUICK_DIFFERENCE: &str = "SELECT 1
  FROM @fact@ AS was
  FULL JOIN @facts@(false) AS now ON now.kind = was.kind AND now.name = was.name
  WHERE was.kind IS NULL OR now.kind IS NULL OR was.attributes <> now.attributes OR was.tree IS DISTINCT FROM now.tree
    OR was.tree IS NULL AND was.print IS DISTINCT FROM now.print
    OR (SELECT database FROM @applied@ ORDER BY number DESC LIMIT 1) <> (SELECT oid FROM pg_database WHERE datname = current_database())
  LIMIT 1";
