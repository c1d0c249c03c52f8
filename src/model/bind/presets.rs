//! `setting Created By to Logged in User`: what the database fills in. In: what is written behind grants. Out: [`Preset`]s, grants that are narrowed to the
//! fields that are left to who writes, and what they then ask of the record: that the field has the value.

use std::collections::BTreeMap;

use super::Binder;
use super::operands::{Operand, Placed};
use crate::ast::{self, Operator};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Atom, Comparison, Condition, Grant, Operation, Path, Preset, Provider, Rule, Value};

impl Binder<'_> {
    /// What an `allow` sets; `None` where that has an error.
    pub(super) fn presets(&mut self, table: TableId, allow: &ast::Allow) -> Option<Vec<Preset>> {
        let writes = |grant: &ast::Grant| Operation::of_word(grant.operation.value).into_iter().any(fills);
        if let Some(first) = allow.presets.first().filter(|_| !allow.grants.iter().any(writes)) {
            let title = "`setting` fills in fields of new and changed records, and neither is granted here";
            let help = "write it behind `create` or `update`";
            self.report(Diagnostic::new(Code::NotSettable, first.field.span, title).with_help(help));
            return None;
        }
        let bound: Vec<Option<Preset>> = allow.presets.iter().map(|preset| self.preset(table, preset)).collect();
        bound.into_iter().collect()
    }

    fn preset(&mut self, table: TableId, preset: &ast::Preset) -> Option<Preset> {
        let (span, column) = (preset.field.span, self.column(table, &preset.field)?);
        let entry = self.catalog.column(column);
        if entry.generated || entry.identity {
            let title = format!("the database computes `{}` itself", entry.name);
            self.report(Diagnostic::new(Code::NotSettable, span, title).with_help("take it out of `setting`"));
            return None;
        }
        let value = self.operand(table, &preset.value)?;
        let of_record = match &value.value {
            Operand::Single { value: Value::Record(_) | Value::Outer(_) | Value::Former(_), .. } => Some("a value of the record"),
            Operand::Many { .. } | Operand::Level { .. } => Some("many values"),
            Operand::Session { r#type: Type::Array(_), .. } => Some("a list of the session"),
            Operand::Number(_) => Some("how many rows there are"),
            Operand::Single { .. } | Operand::Session { .. } | Operand::Constant(_) => None,
        };
        if let Some(what) = of_record {
            return self.refuse_value(value.span, format!("this is {what}, which cannot be set"));
        }
        let own = Path { table, hops: Vec::new(), column };
        let field: Placed = Spanned::new(Operand::Single { value: Value::Record(own.clone()), column }, span);
        let value_span = value.span;
        // What may be compared may be set: types and keys have to fit.
        let compared = self.compare(field, &Spanned::new(Operator::Equal, span), value)?;
        let value = match compared {
            Condition::Atom(atom) => match Atom::clone(&atom) {
                Atom::Compare { left: Value::Record(left), operator: Comparison::Equal, right } if left == own => right,
                _ => return self.refuse_value(value_span, "this is no single value of the field's type".to_owned()),
            },
            _ => return self.refuse_value(value_span, "this is a whole day, and the field has a moment".to_owned()),
        };
        let provider = &self.identity.as_ref()?.provider;
        if matches!((&value, provider), (Value::User(_), Provider::Function(_) | Provider::Neon)) {
            // A trigger that looks something up runs as the owner of look-ups, and the project's function answers who calls it.
            let title = "what the user's row says cannot be set where a function says who is signed in";
            let help = "set it to what the session says, `now`, `today` or a constant, or let a default or a trigger of the application fill it in";
            self.report(Diagnostic::new(Code::NotSettable, value_span, title).with_help(help));
            return None;
        }
        Some(Preset { column: column.column, value, span })
    }

    fn refuse_value(&mut self, span: Span, title: String) -> Option<Preset> {
        let help = "set it to `Logged in User`, a value of the user's row, what the session says, `now`, `today` or a constant";
        self.report(Diagnostic::new(Code::NotSettable, span, title).with_help(help));
        None
    }

    /// Remembers the fields that a grant lists.
    pub(super) fn note_listed(&mut self, grant: &ast::Grant, columns: &[Option<ColumnRef>], labels: &[ast::Label]) {
        for (column, label) in std::iter::zip(columns, labels) {
            let Some(column) = column else { continue };
            let named =
                Operation::of_word(grant.operation.value).into_iter().map(|operation| (operation, column.column, label.span));
            self.listed.extend(named);
        }
    }

    /// A field has one value, whichever grant is used: the database does not know which. So no grant leaves it to who writes.
    pub(super) fn settle_presets(&mut self, table: TableId, rules: &mut [Rule]) {
        for operation in Operation::ALL.into_iter().filter(|operation| fills(*operation)) {
            let mut settled: BTreeMap<u32, Preset> = BTreeMap::new();
            let grants = || rules.iter().flat_map(|rule| &rule.grants).filter(|grant| grant.operation == operation);
            for preset in grants().flat_map(|grant| &grant.presets) {
                let known = settled.entry(preset.column).or_insert_with(|| preset.clone());
                if known.value != preset.value {
                    let first = known.span;
                    self.report_twice(table, preset.column, preset.span, (first, "and here to another value"));
                }
            }
            if settled.is_empty() {
                continue;
            }
            for (_, column, span) in self.listed.clone().into_iter().filter(|(listed, ..)| *listed == operation) {
                if let Some(preset) = settled.get(&column) {
                    self.report_twice(table, column, span, (preset.span, "it is set here"));
                }
            }
            let count = u32::try_from(self.catalog.table(table).columns.len()).unwrap_or(u32::MAX);
            let all = rules.iter_mut().flat_map(|rule| &mut rule.grants);
            for grant in all.filter(|grant| grant.operation == operation) {
                let fields = grant.fields.take().unwrap_or_else(|| (0..count).collect());
                grant.fields = Some(fields.into_iter().filter(|column| !settled.contains_key(column)).collect());
            }
        }
    }

    fn report_twice(&mut self, table: TableId, column: u32, span: Span, (other, label): (Span, &str)) {
        let name = &self.catalog.column(ColumnRef { table, column }).name;
        let title = format!("`{name}` is set by the database, to one value for all who write it");
        let found = Diagnostic::new(Code::SetTwice, span, title)
            .with_label("so this cannot be granted")
            .with_secondary(other, label)
            .with_note("the database does not know which grant a statement uses")
            .with_help("take one of the two out");
        self.report(found);
    }
}

/// Whether an operation stores fields.
fn fills(operation: Operation) -> bool {
    matches!(operation, Operation::Create | Operation::Update)
}

/// A grant with what it sets: the stored record has the value, so where there is none, nothing is granted.
pub(super) fn filled(table: TableId, presets: &[Preset], mut grant: Grant) -> Grant {
    if presets.is_empty() || !fills(grant.operation) {
        return grant;
    }
    let with = |condition: Option<Condition>| {
        let mut all: Vec<Condition> = match condition {
            Some(Condition::All(parts)) => parts,
            other => other.into_iter().collect(),
        };
        all.extend(presets.iter().map(|preset| Condition::from(preset.holds(table))));
        Some(if all.len() == 1 { all.swap_remove(0) } else { Condition::All(all) })
    };
    if grant.operation == Operation::Create {
        grant.when = with(grant.when);
        grant.then = grant.when.clone();
    } else {
        grant.then = with(grant.then);
    }
    grant.presets = presets.to_vec();
    grant
}
