//! Grants to create records that no record can be made by: what they ask of a field is not what the field has where nobody may give it another value, or they ask for rows
//! that point at a record which is not there yet. In: a grant. Out: why, in words.

use std::sync::Arc;

use super::conjunction::own;
use super::said;
use crate::access::decide::{Conjunction, cases};
use crate::access::{Atom, Predicate};
use crate::catalog::{Column, ColumnRef, Family, Supply, TableId, Type};
use crate::model::{Comparison, Grant, Literal, Model, Operation, Path, Rule, Value};

use super::conjunction::excludes;

/// Why nobody can use a grant to create records, and what to do.
pub(super) struct Why {
    pub(super) title: String,
    pub(super) help: String,
}

/// Why a grant to create records is of no use; `None` where it may be of some.
pub(super) fn why_none(model: &Model, table: TableId, rule: &Rule, grant: &Grant) -> Option<Why> {
    if grant.operation != Operation::Create {
        return None;
    }
    let asked = said::all(model, rule.filters.iter().chain(&grant.when));
    let created = cases(&asked)?;
    if !created.is_empty() && created.iter().all(|case| case.iter().any(|atom| is_unreachable(model, case, atom))) {
        return Some(Why {
            title: "this can never be used: it asks for rows that point at the record, and at a new one none do".to_owned(),
            help: "say by the record's own fields who may make it, such as `Created By is Logged in User`".to_owned(),
        });
    }
    let names = |column: u32| is_named(model, table, column);
    let entry = model.catalog.table(table);
    (0u32..).zip(&entry.columns).filter(|(column, _)| !names(*column)).find_map(|(index, column)| {
        let fact = supplied(model, table, index, column)?;
        let name = &column.name;
        if !column.nullable && matches!(fact, Atom::Empty { .. }) {
            return Some(Why {
                title: format!("this can never be used: `{name}` cannot be empty, has no default, and no grant lets anybody give it a value"),
                help: format!(
                    "name it, `create (…, {name})`, or say in the schema file who gives it one: `default:`, `generated: true`, `set_by_trigger: true`"
                ),
            });
        }
        let with = Predicate::all([asked.clone(), Predicate::from(fact)]);
        said::is_impossible(model, &with).then(|| {
            let has = match &column.default {
                Some(default) => format!("is {default}"),
                None => "is empty".to_owned(),
            };
            Why {
                title: format!("this can never be used: `{name}` {has} in every new record, because no grant lets anybody give it another value"),
                help: format!("name it, `create (…, {name})`, or let the database fill it in, `create (…) setting …`"),
            }
        })
    })
}

/// What is so of every new record of a table: fields that nobody gives a value are empty, or have their defaults.
pub(super) fn facts(model: &Model, table: TableId) -> Predicate {
    let columns = (0u32..).zip(&model.catalog.table(table).columns).filter(|(column, _)| !is_named(model, table, *column));
    Predicate::all(columns.filter_map(|(index, column)| supplied(model, table, index, column)).map(Predicate::from))
}

/// Whether somebody gives a field of a new record its value: a list names it, or a rule sets it. Fields of several grants that allow the same record unite.
pub(super) fn is_named(model: &Model, table: TableId, column: u32) -> bool {
    let grants = model.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| &rule.grants);
    let names = |grant: &Grant| grant.fields.as_ref().is_none_or(|fields| fields.contains(&column));
    grants.into_iter().any(|grant| grant.operation == Operation::Create && names(grant))
        || model.presets(table, Operation::Create).contains_key(&column)
}

/// What is known of a field that nobody gives a value: that it is empty, or its default, where that is a constant.
pub(super) fn supplied(model: &Model, table: TableId, index: u32, column: &Column) -> Option<Atom> {
    if column.generated || column.identity || column.set_by_trigger {
        return None;
    }
    let value = own(ColumnRef { table, column: index });
    match model.catalog.table(table).supply(column) {
        Supply::Same(None) => Some(Atom::Empty { value, negated: false }),
        Supply::Same(Some(text)) if text.eq_ignore_ascii_case("null") => Some(Atom::Empty { value, negated: false }),
        Supply::Same(Some(text)) => {
            let right = Value::Literal(constant(&column.r#type, text)?);
            Some(Atom::Compare { left: value, operator: Comparison::Equal, right })
        }
        Supply::Drawn(_) | Supply::Fresh(_) | Supply::Unknown(_) => None,
    }
}

/// A default that is a constant, as rules write it; `None` where it is none, or one that may be written in several ways.
fn constant(r#type: &Type, default: &str) -> Option<Literal> {
    let quoted = || {
        let (text, cast) = default.strip_prefix('\'')?.split_once('\'')?;
        (cast.is_empty() || cast.starts_with("::")).then(|| text.to_owned())
    };
    let (text, r#type) = match r#type.family() {
        Family::Text => (quoted()?, Type::Text),
        Family::Enum(_) => (quoted()?, r#type.clone()),
        Family::Boolean => {
            let text = default.to_ascii_lowercase();
            (Some(text).filter(|text| text == "true" || text == "false")?, r#type.clone())
        }
        Family::Number => (Some(default.to_owned()).filter(|text| text.parse::<f64>().is_ok())?, r#type.clone()),
        _ => return None,
    };
    Some(Literal { text, r#type, is_day: false })
}

/// Whether no new record can make a statement true: it asks for rows that point at the record, of which there are none yet, or for what
/// the grant excludes.
pub(super) fn is_unreachable(model: &Model, created: &Conjunction, atom: &Arc<Atom>) -> bool {
    let is_key = |path: &Path| path.hops.is_empty() && model.catalog.is_unique(path.column);
    let points_at = |column: ColumnRef, key: &Path| model.catalog.column(column).references == Some(key.column);
    match &**atom {
        Atom::Member { value: Value::Record(path), set, negated: false } if set.tail.is_none() => {
            let within = model.membership(set.membership).within;
            is_key(path) && within.is_some_and(|within| points_at(within, path))
        }
        Atom::Exists(exists) if !exists.negated && exists.climb.is_none() && exists.enough.value().is_none() => {
            exists.link.as_ref().is_some_and(|link| is_key(&link.path) && points_at(link.column, &link.path))
        }
        atom => excludes(created, atom),
    }
}
