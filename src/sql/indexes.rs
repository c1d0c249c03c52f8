//! The indexes that the policies need: one for each column that a policy, or a look-up, finds its rows by.

use std::collections::{BTreeMap, BTreeSet};

use super::quote;
use super::reach::{Reach, Shapes};
use crate::access::{Atom, Predicate};
use crate::catalog::{ColumnRef, Table, Type};
use crate::encode::{Encoding, TableEncoding};
use crate::model::{Comparison, Condition, Describe, Held, Holder, MembershipId, Model, Operation, Path, Value};
use crate::parallel;

/// An index that the schema does not list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedIndex {
    /// The table, as SQL.
    pub table: String,
    /// The table's schema, as SQL, which the index will be in, too.
    pub schema: String,
    /// The column, as SQL.
    pub column: String,
    /// The name that PostgreSQL would give it, as SQL.
    pub name: String,
    /// The name that an invalid one of this name is given until it is dropped, as SQL.
    left_name: String,
    /// What is found by it, in words.
    pub purpose: String,
    /// The column in the catalog.
    pub place: ColumnRef,
}

impl WantedIndex {
    /// `CREATE INDEX …`; concurrently, it locks nobody out and must not stand in a transaction.
    pub fn create(&self, concurrently: bool) -> String {
        let concurrently = if concurrently { " CONCURRENTLY" } else { "" };
        format!("CREATE INDEX{concurrently} IF NOT EXISTS {} ON {} ({});", self.name, self.table, self.column)
    }

    pub(super) fn qualified(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    pub(super) fn left_name(&self) -> &str {
        &self.left_name
    }
}

/// The indexes that the policies and look-ups of a project need and its schema file does not list; ordered.
pub fn wanted_indexes(model: &Model, encoding: &Encoding) -> Vec<WantedIndex> {
    let new_search = || Search { model, shapes: Shapes::new(model, encoding), found: BTreeMap::new(), seen: BTreeSet::new() };
    let tables: Vec<&TableEncoding> = encoding.tables.values().map(|encoding| &**encoding).collect();
    let found = parallel::stretches(&tables, parallel::MIN_TABLES, |tables| {
        let mut search = new_search();
        tables.iter().for_each(|encoding| search.table(encoding));
        search.found
    });
    let mut search = new_search();
    for (column, purpose) in found.into_iter().flatten() {
        search.found.entry(column).or_insert(purpose);
    }
    search.roles();
    // The record itself is found by a key; what is asked of others is looked up.
    let actions = model.actions.iter().map(|action| Predicate::of(model, &action.condition));
    actions.for_each(|asked| search.questions(&asked));
    let describe = |(column, purpose): (ColumnRef, String)| {
        let table = model.catalog.table(column.table);
        let derived = model.catalog.derivation(column).filter(|_| !model.catalog.is_tuple(column));
        let derived = derived.map(|derived| super::derived::value(table, derived, &table.name.name));
        let parts: Vec<&str> =
            model.catalog.parts(column).into_iter().map(|part| model.catalog.column(part).name.as_str()).collect();
        let columns = || parts.iter().map(|name| quote::identifier(name)).collect::<Vec<_>>().join(", ");
        let name = parts.join("_");
        let generated = |end: &str| quote::generated_name(&format!("{}_{name}_idx{end}", table.name.name));
        WantedIndex {
            table: quote::qualified(&table.name),
            schema: quote::identifier(&table.name.schema).into_owned(),
            column: derived.map_or_else(columns, |value| format!("({})", value.text())),
            name: quote::identifier(&generated("")).into_owned(),
            left_name: quote::identifier(&generated("_invalid")).into_owned(),
            purpose,
            place: column,
        }
    };
    // Those of others are their owners' to make.
    let found = search.found.into_iter().filter(|(column, _)| !model.catalog.table(column.table).is_of_others());
    let mut wanted: Vec<WantedIndex> = found.map(describe).collect();
    wanted.sort();
    wanted
}

struct Search<'a> {
    model: &'a Model,
    shapes: Shapes<'a>,
    /// Columns without an index, and what is found by them.
    found: BTreeMap<ColumnRef, String>,
    /// Conditions on other rows that have been searched.
    seen: BTreeSet<Predicate>,
}

impl Search<'_> {
    fn table(&mut self, encoding: &TableEncoding) {
        for (operation, permission) in encoding.permissions.values().flatten() {
            if *operation != Operation::Create {
                self.rows(&permission.using);
            }
            self.questions(&permission.using);
            self.questions(&permission.check);
        }
    }

    /// What finds the rows of a predicate that lets few through.
    fn rows(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::Any(parts) => parts.iter().for_each(|part| self.rows(part)),
            Predicate::All(parts) => {
                // One index is enough; the user's own rows are fewer than those of the user's teams.
                let candidates: Vec<&Predicate> = parts.iter().filter(|part| self.shapes.reach(part) == Reach::Few).collect();
                if candidates.iter().any(|part| matches!(part, Predicate::Atom(atom) if self.is_indexed(atom))) {
                    return;
                }
                let own = candidates
                    .iter()
                    .position(|part| matches!(part, Predicate::Atom(atom) if atom.values().into_iter().any(|value| self.model.is_user(value))));
                if let Some(part) = candidates.get(own.unwrap_or(0)) {
                    self.rows(part);
                }
            }
            Predicate::Atom(atom) if self.shapes.reach(predicate) == Reach::Few => {
                if let Some(path) = record_path(atom) {
                    self.add(front(path), |describe| describe.atom(&atom.as_written()));
                }
            }
            Predicate::Never | Predicate::Always | Predicate::Atom(_) => {}
        }
    }

    /// What is asked of other rows, by lists of keys or by single keys.
    fn questions(&mut self, predicate: &Predicate) {
        predicate.for_each_atom(&mut |atom| self.question(atom));
    }

    fn question(&mut self, atom: &Atom) {
        atom.sets().into_iter().for_each(|set| self.membership(set.membership));
        if let Atom::HoldsGlobally { membership, .. } = atom {
            self.membership(*membership);
        }
        for path in atom.record_paths() {
            for hop in &path.hops {
                self.add(hop.target, |describe| format!("{} by key", describe.model.catalog.table(hop.target.table).name));
            }
            if path.hops.is_empty() || self.shapes.reach_of_atom(atom) != Reach::Few {
                continue;
            }
            // The keys of the rows that the rest of a path leads from.
            for (index, hop) in path.hops.iter().enumerate().skip(1) {
                let rest = || Path { hops: path.hops[index..].to_vec(), table: hop.foreign_key.table, column: path.column };
                self.add(hop.foreign_key, |describe| describe.path(&rest()));
            }
            // The schema file knows neither indexes on the lower case of a column nor GIN.
            if !matches!(atom, Atom::IgnoringCase(_) | Atom::Has { .. } | Atom::Contains { array: Value::Record(_), .. }) {
                self.add(path.column, |describe| describe.atom(&atom.as_written()));
            }
        }
        if let Atom::Exists(exists) = atom {
            if let Some(link) = &exists.link {
                self.add(link.column, |Describe { model }| {
                    format!("{} by {}", model.catalog.table(link.column.table).name, model.catalog.column(link.column).name)
                });
            }
            if let Some(climb) = &exists.climb {
                let name = |model: &Model, column: ColumnRef| model.catalog.column(column).name.clone();
                let table = |model: &Model| model.catalog.table(exists.table).name.clone();
                let key = climb.parent.target;
                self.add(key, |Describe { model }| format!("{} by {}", table(model), name(model, key)));
                if climb.start.is_none() && self.shapes.is_listed(atom, exists) {
                    let parent = climb.parent.foreign_key;
                    self.add(parent, |Describe { model }| format!("{} below others by {}", table(model), name(model, parent)));
                }
            }
            if self.seen.insert(exists.predicate.clone()) {
                self.rows(&exists.predicate);
                self.questions(&exists.predicate);
            }
        }
    }

    /// A membership is looked up by its user, or by what says whom it counts for.
    fn membership(&mut self, id: MembershipId) {
        let membership = self.model.membership(id);
        match &membership.holder {
            Holder::User(column) => self.add(*column, |_| format!("User's {}", membership.name)),
            Holder::Where(condition) => {
                let holds = Predicate::of(self.model, condition);
                self.rows(&holds);
                self.questions(&holds);
            }
        }
        if let Some(parent) = membership.below {
            self.add(parent.foreign_key, |_| format!("what is beneath User's {}", membership.name));
            self.add(parent.target, |_| format!("what is above, for User's {}", membership.name));
        }
    }

    /// Guards and the record of changes look up every role.
    fn roles(&mut self) {
        if self.model.guards.is_some() || self.model.audit.is_some() {
            (0u32..).map(MembershipId).take(self.model.memberships.len()).for_each(|id| self.membership(id));
        }
        for role in &self.model.roles {
            if let Held::User(test) = &role.held {
                self.questions(&Predicate::of(self.model, &Condition::from(test.clone())));
            }
        }
    }

    fn is_indexed(&self, atom: &Atom) -> bool {
        record_path(atom).is_some_and(|path| self.has_index(front(path)))
    }

    /// Whether an index begins with what rows are found by. Of several columns it has all: with one of them, it may find as good as all rows.
    fn has_index(&self, column: ColumnRef) -> bool {
        let parts: Vec<u32> = self.model.catalog.parts(column).into_iter().map(|part| part.column).collect();
        self.table_of(column).has_index(&parts)
    }

    fn add(&mut self, column: ColumnRef, purpose: impl FnOnce(Describe<'_>) -> String) {
        if !self.has_index(column) {
            self.found.entry(column).or_insert_with(|| purpose(Describe { model: self.model }));
        }
    }

    fn table_of(&self, column: ColumnRef) -> &Table {
        self.model.catalog.table(column.table)
    }
}

/// The path of the record that a statement finds its rows by.
fn record_path(atom: &Atom) -> Option<&Path> {
    match atom {
        Atom::Compare { left, operator: Comparison::Equal, right } => left.record().or(right.record()),
        Atom::OneOf { value, .. } | Atom::Member { value, .. } => value.record(),
        Atom::Contains { array: Value::Claim(..), element, .. } => element.record(),
        Atom::Exists(exists) => exists.link.as_ref().map(|link| &link.path),
        _ => None,
    }
}

/// The record's own column that a path starts with.
fn front(path: &Path) -> ColumnRef {
    path.hops.first().map_or(path.column, |hop| hop.foreign_key)
}

/// Columns with an index that filters of clients lose, as `table.column (type)`. Below a policy, PostgreSQL lets only leakproof operators
/// use an index (manual section 41.5), and those of these types are not: `SELECT proleakproof FROM pg_proc`, the same on 15 to 18.
pub fn lost_indexes(model: &Model) -> Vec<ColumnRef> {
    let mut lost = Vec::new();
    for (id, table) in model.catalog.tables().filter(|(id, _)| !model.closed.contains_key(id)) {
        for index in &table.indexes {
            let Some((&first, column)) = index.first().and_then(|first| Some((first, table.columns.get(*first as usize)?)))
            else {
                continue;
            };
            let is_lost = matches!(
                column.r#type,
                Type::Jsonb | Type::Array(_) | Type::Numeric(_) | Type::Enum(_) | Type::Citext(_) | Type::Other(_)
            );
            if is_lost && model.tables.contains_key(&id) {
                lost.push(ColumnRef { table: id, column: first });
            }
        }
    }
    lost.dedup();
    lost
}
