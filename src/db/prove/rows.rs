//! Rows to try things on. In: the tables of a copy, and what the policies compare with. Out: rows in the tables, made of values that the policies tell apart, and rows that could be made.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Transaction;

use super::{NotProved, Proof, fitting};
use crate::catalog::{Catalog, Column, ColumnRef, Family, QualifiedName, Table, TableId, Type};
use crate::objects::quote::{identifier, literal, qualified};

/// So many rows of each table are made, and as many are ready to be made.
const ROWS: usize = 20;

/// So often another row is made where constraints refuse it, the last times with plain values.
const ATTEMPTS: usize = 8;

/// So many rows of a table are tried, those among them that were there before.
const TRIED: usize = 30;

/// A row by column: a value as a text, or nothing.
pub(super) type Row = BTreeMap<u32, Option<String>>;

/// Rows of all tables.
#[derive(Default)]
pub(super) struct Rows {
    /// Who may be signed in: three with a row, one without.
    pub identities: Vec<String>,
    /// Texts that policies compare something with, and one that they do not.
    pub texts: Vec<String>,
    numbers: Vec<String>,
    /// What columns are compared with.
    compared: BTreeMap<ColumnRef, BTreeSet<String>>,
    /// What goes into columns with constraints of their own.
    fitting: BTreeMap<ColumnRef, Vec<String>>,
    /// What is in columns that others reference.
    keys: BTreeMap<ColumnRef, Vec<String>>,
    /// Of each table, the keys of rows that are there, with the rows in words.
    pub there: BTreeMap<TableId, Vec<(String, String)>>,
    /// Rows that could be made.
    pub new: BTreeMap<TableId, Vec<Row>>,
    random: u64,
}

/// The text by which a row is known: its key, or all of it.
pub(super) fn key(table: &Table, prefix: &str) -> String {
    if table.primary_key.is_empty() {
        let all = table.columns.iter().map(|column| format!("{prefix}{}", identifier(&column.name)));
        return format!("jsonb_build_array({})::text", all.collect::<Vec<_>>().join(", "));
    }
    let names = table.primary_key.iter().map(|&index| format!("{prefix}{}", identifier(&table.columns[index as usize].name)));
    format!("jsonb_build_array({})::text", names.collect::<Vec<_>>().join(", "))
}

/// Makes rows in all tables, those first that others reference.
pub(super) fn make(transaction: &mut Transaction<'_>, proof: &Proof<'_>) -> Result<Rows, NotProved> {
    let catalog = &proof.model.catalog;
    let mut rows = Rows::by_chance();
    constants(proof, &mut rows);
    rows.compared.clone_from(&proof.imported.compared);
    let user = proof.model.identity.user_key;
    let entity = catalog.entity(user).unwrap_or(user);
    rows.identities = (0..3).map(|number| fresh(catalog.column(entity), entity.table, number)).collect();
    for column in fitting::constrained(transaction, catalog)? {
        let choices: Vec<String> = rows.choices(catalog, column.column).into_iter().flatten().collect();
        let fitting = column.fitting(transaction, &choices)?;
        rows.fitting.insert(column.column, fitting);
    }
    for id in in_order(catalog) {
        rows.fill(transaction, catalog, id)?;
    }
    let name =
        |column: ColumnRef| (qualified(&catalog.table(column.table).name), identifier(&catalog.column(column).name).into_owned());
    let (table, column) = name(user);
    let known = transaction
        .query(&format!("SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL ORDER BY 1 LIMIT 3"), &[])?;
    if !known.is_empty() {
        rows.identities = known.iter().map(|row| row.get(0)).collect();
    }
    rows.identities.push(fresh(catalog.column(entity), entity.table, 900));
    Ok(rows)
}

/// Tables behind those that they reference; in circles, first those that can do without.
fn in_order(catalog: &Catalog) -> Vec<TableId> {
    let mut order: Vec<TableId> = Vec::new();
    let mut left: Vec<TableId> = catalog.tables().map(|(id, _)| id).collect();
    while !left.is_empty() {
        let is_ready = |id: &TableId, needs: fn(&Column) -> bool| {
            let mut references = catalog.table(*id).values().filter(|(_, column)| needs(column));
            references
                .all(|(_, column)| column.references.is_none_or(|target| target.table == *id || order.contains(&target.table)))
        };
        let place = |needs: fn(&Column) -> bool| left.iter().position(|id| is_ready(id, needs));
        let place = place(|_| true).or_else(|| place(|column| !column.nullable)).unwrap_or(0);
        order.push(left.remove(place));
    }
    order
}

/// The constants in the texts of policies and helpers.
fn constants(proof: &Proof<'_>, rows: &mut Rows) {
    let policies = proof.facts.policies.iter().flat_map(|policy| [&policy.using, &policy.check]).flatten();
    let bodies = proof.facts.functions.iter().filter(|function| function.is_plain).map(|function| &function.body);
    let (mut texts, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for text in policies.chain(bodies) {
        for (index, piece) in text.split('\'').enumerate() {
            if index % 2 == 1 {
                texts.insert(piece.to_owned());
            } else {
                let words = piece.split(|letter: char| !letter.is_ascii_alphanumeric() && !['_', '.'].contains(&letter));
                let is_number =
                    |word: &&str| word.len() < 6 && word.parse::<f32>().is_ok() && word.starts_with(|c: char| c.is_ascii_digit());
                numbers.extend(words.filter(is_number).map(str::to_owned));
            }
        }
    }
    texts.retain(|text| !text.is_empty() && text.len() < 60);
    rows.texts = texts.into_iter().take(40).chain(["something".to_owned()]).collect();
    rows.numbers = numbers.into_iter().take(10).chain(["0".to_owned(), "7".to_owned()]).collect();
}

/// A value of a key that no other row has.
fn fresh(column: &Column, table: TableId, number: usize) -> String {
    match &column.r#type {
        // With letters, which are the same in both sizes.
        Type::Uuid => format!("a0b0c0d0-0000-4000-8000-{:04}{number:08}", table.0 % 10_000),
        Type::SmallInt => format!("{}", number + 1),
        other if other.family() == Family::Number => format!("{}", (table.0 as usize % 1000 + 1) * 1000 + number),
        other if other.family() == Family::Time => format!("2020-01-01 00:{:02}:{:02}", number / 60 % 60, number % 60),
        _ => format!("key{}x{number}", table.0),
    }
}

impl Rows {
    /// None yet.
    pub fn by_chance() -> Rows {
        Rows { random: 0x9e37_79b9_7f4a_7c15, ..Rows::default() }
    }

    fn fill(&mut self, transaction: &mut Transaction<'_>, catalog: &Catalog, id: TableId) -> Result<(), NotProved> {
        let table = catalog.table(id);
        for number in 0..ROWS {
            // What a constraint refuses is no row; others may be.
            for attempt in 0..ATTEMPTS {
                let row = self.row(catalog, id, number, attempt);
                let mut savepoint = transaction.transaction()?;
                if savepoint.batch_execute(&insert(table, &row, |column| !column.generated)).is_ok() {
                    savepoint.commit()?;
                    break;
                }
                savepoint.rollback()?;
            }
            if number == 3 {
                self.remember(transaction, catalog, id)?;
            }
        }
        self.remember(transaction, catalog, id)?;
        let new = (0..ROWS).map(|number| self.row(catalog, id, 100 + number, number % ATTEMPTS)).collect();
        self.new.insert(id, new);
        let names = table.columns.iter().map(|column| identifier(&column.name).into_owned()).collect::<Vec<_>>().join(", ");
        let name = qualified(&table.name);
        let query = format!("SELECT {}, ROW({names})::text FROM {name} ORDER BY ctid DESC LIMIT {TRIED}", key(table, ""));
        let there = transaction.query(&query, &[])?.iter().map(|row| (row.get(0), row.get(1))).collect();
        self.there.insert(id, there);
        Ok(())
    }

    /// What can be referenced of a table.
    fn remember(&mut self, transaction: &mut Transaction<'_>, catalog: &Catalog, id: TableId) -> Result<(), NotProved> {
        let referenced: BTreeSet<ColumnRef> = catalog
            .tables()
            .flat_map(|(_, table)| table.columns.iter())
            .flat_map(|column| [column.references, column.elements])
            .flatten()
            .filter(|target| target.table == id)
            .collect();
        for target in referenced {
            let (column, table) = (identifier(&catalog.column(target).name), qualified(&catalog.table(id).name));
            let query = format!("SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL ORDER BY 1 LIMIT 8");
            let values = transaction.query(&query, &[])?.iter().map(|row| row.get(0)).collect();
            self.keys.insert(target, values);
        }
        Ok(())
    }

    fn row(&mut self, catalog: &Catalog, id: TableId, number: usize, attempt: usize) -> Row {
        let table = catalog.table(id);
        let mut row = Row::new();
        // Values that are told apart go through all that there is of them together, the rest is by chance.
        let mut period = 1;
        for (index, column) in (0u32..).zip(&table.columns) {
            let at = ColumnRef { table: id, column: index };
            let is_key = catalog.is_unique(at) && column.references.is_none();
            let is_text =
                column.r#type.family() == Family::Text && column.references.is_none() && !self.fitting.contains_key(&at);
            // A new value may be none that its constraints take.
            let may_be_new = attempt.is_multiple_of(2) || !self.fitting.contains_key(&at);
            let value = if is_key && may_be_new && (table.primary_key.as_slice() == [index] || attempt > 0) {
                Some(fresh(column, id, number))
            } else if is_text && attempt >= ATTEMPTS / 2 {
                Some(["something", "someone@example.org", "https://example.org"][attempt % 3].to_owned())
            } else {
                // What several columns have to be together, an empty one or its default is more often.
                if attempt == ATTEMPTS - 1 && (column.default.is_some() || column.nullable) {
                    continue;
                }
                let values = self.choices(catalog, at);
                let is_told = self.compared.contains_key(&at) || matches!(column.r#type, Type::Boolean | Type::Enum(_));
                let chance = self.next(values.len());
                let place = if is_told && attempt == 0 { number / period % values.len() } else { chance };
                period *= if is_told { values.len() } else { 1 };
                let value = values.into_iter().nth(place).flatten();
                // Of a type that nothing is known of, there may be a default.
                if value.is_none() && column.default.is_some() && !column.nullable {
                    continue;
                }
                value
            };
            row.insert(index, value);
        }
        row
    }

    /// The values that a column is tried with.
    pub fn choices(&self, catalog: &Catalog, at: ColumnRef) -> Vec<Option<String>> {
        let column = catalog.column(at);
        let mut values = match (column.references, self.fitting.get(&at)) {
            (Some(target), _) => self.values(target),
            (None, Some(fitting)) => fitting.clone(),
            (None, None) => match (self.compared.get(&at), column.r#type.family()) {
                // What is compared, and something that is not.
                (Some(constants), Family::Text) => constants.iter().cloned().chain(["something".to_owned()]).collect(),
                (Some(constants), Family::Number) => {
                    let beside = constants.iter().filter_map(|number| Some((number.parse::<i64>().ok()? + 1).to_string()));
                    constants.iter().cloned().chain(beside).chain(["0".to_owned()]).collect()
                }
                _ => self.of_type(catalog, column.elements, &column.r#type),
            },
        };
        values.dedup();
        let mut values: Vec<Option<String>> = values.into_iter().map(Some).collect();
        if column.nullable || values.is_empty() {
            values.push(None);
        }
        values
    }

    /// Values for a setting of a type: words for moments are none that a session says.
    pub fn of_setting(&self, catalog: &Catalog, r#type: &Type) -> Vec<String> {
        let values = self.of_type(catalog, None, r#type);
        values.into_iter().filter(|value| !["now", "tomorrow"].contains(&value.as_str())).collect()
    }

    fn of_type(&self, catalog: &Catalog, elements: Option<ColumnRef>, r#type: &Type) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        match r#type {
            Type::Array(element) => {
                let elements = match elements {
                    Some(target) => self.values(target),
                    None => self.of_type(catalog, None, element),
                };
                let lists = elements.iter().take(4).map(|element| format!("{{\"{}\"}}", element.replace(['\\', '"'], "")));
                std::iter::once("{}".to_owned()).chain(lists).collect()
            }
            Type::Enum(name) => catalog.enums().get(name).cloned().unwrap_or_default(),
            Type::Boolean => owned(&["true", "false"]),
            Type::Uuid => self.identities.iter().cloned().chain(["00000000-0000-4000-9000-000000000000".to_owned()]).collect(),
            Type::Json | Type::Jsonb => owned(&["{}", "[]"]),
            Type::Interval => owned(&["1 hour", "400 days"]),
            other => match other.family() {
                Family::Number => {
                    let is_whole = matches!(other, Type::SmallInt | Type::Integer | Type::BigInt);
                    self.numbers.iter().filter(|number| !is_whole || !number.contains('.')).cloned().collect()
                }
                // Also a time of the day, which a day has not.
                Family::Time => owned(&["2001-01-01", "2001-01-01 12:30", "now", "tomorrow", "2999-12-31"]),
                Family::Text => {
                    let emails = (0..2).map(|place| self.email(place));
                    self.texts.iter().cloned().chain(self.identities.iter().take(2).cloned()).chain(emails).collect()
                }
                _ => match other.to_string().as_str() {
                    "bytea" => owned(&["\\x00"]),
                    "inet" | "cidr" => owned(&["192.0.2.1"]),
                    "time" | "time without time zone" => owned(&["12:00"]),
                    _ => Vec::new(),
                },
            },
        }
    }

    /// The address in the token of a user.
    pub fn email(&self, place: usize) -> String {
        format!("user{place}@example.org")
    }

    /// What is in a column.
    pub fn values(&self, column: ColumnRef) -> Vec<String> {
        self.keys.get(&column).cloned().unwrap_or_default()
    }

    /// The next of so many, by chance that is the same each time.
    pub fn next(&mut self, count: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % u64::try_from(count.max(1)).unwrap_or(1)).unwrap_or_default()
    }

    pub fn without_rows(&self, catalog: &Catalog) -> Vec<QualifiedName> {
        let empty = self.there.iter().filter(|(_, rows)| rows.is_empty());
        empty.map(|(&id, _)| catalog.table(id).name.clone()).collect()
    }
}

/// The statement that makes a row of some of its columns.
pub(super) fn insert(table: &Table, row: &Row, is_named: impl Fn(&Column) -> bool) -> String {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for (&index, value) in row {
        let column = &table.columns[index as usize];
        if is_named(column) {
            columns.push(identifier(&column.name));
            values.push(value.as_ref().map_or_else(|| "NULL".to_owned(), |value| literal(value)));
        }
    }
    let overriding =
        if table.columns.iter().any(|column| column.identity && is_named(column)) { " OVERRIDING SYSTEM VALUE" } else { "" };
    format!("INSERT INTO {} ({}){overriding} VALUES ({})", qualified(&table.name), columns.join(", "), values.join(", "))
}
