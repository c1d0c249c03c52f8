//! Predicates to SQL expressions. A policy's expression reads its own row and calls functions; a function's body reads rows of other
//! tables directly. Both are written here, and this is the place where another target would choose other shapes.
//!
//! Statements stand where only "true or not" matters (see [`Predicate`]), so each has to be true exactly when the language says so;
//! where PostgreSQL would find one true over an empty value or an absent user, a guard stands beside it. And where finding no row makes one true,
//! the look-up has to see all of them ([`RowContext::complete`]).

use std::collections::HashMap;

use super::expression::{Changes, Expression, From, Select};
use super::functions::Functions;
use super::quote;
use super::reach::Shapes;
use super::row_context::RowContext;
use super::session_value::{SessionValue, element_type};
use crate::access::{Atom, Predicate};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::encode::Encoding;
use crate::model::{Climb, Comparison, Condition, Describe, MembershipId, Model, Path, Referenced, RoleId, Set, Value};

/// Writes expressions and collects the functions that they need.
pub(super) struct Lowering<'a> {
    pub(super) model: &'a Model,
    pub(super) shapes: Shapes<'a>,
    pub(super) functions: Functions,
    /// Whether a look-up may meet a table of others: each of them is asked for it, so it is found out once.
    pub(super) has_tables_of_others: bool,
    /// What calls the function that a value, set or role is looked up by; most rules ask for the same few. By what is looked up, and whether all
    /// rows have to be seen.
    calls: HashMap<(Lookup, bool, Option<TableId>), Expression>,
    /// What a function gives that looks up a list for the whole statement, by the function's name as SQL.
    pub(super) lists: HashMap<String, Select>,
}

/// What is looked up for the signed-in user alone, whatever the record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Lookup {
    Value(Path),
    Referenced(Referenced),
    Set(Set),
    /// Whether what has a key of a type is in the set; the call lacks the key.
    Member(Set, Type),
    Globally(MembershipId, Vec<RoleId>),
    /// What enough rows, of which a predicate is true, have in a column.
    Keys(ColumnRef, Predicate, Option<u32>, Option<Climb>),
    /// What rows, of which a predicate is true, have in a column, in the order of their keys.
    Values(ColumnRef, Predicate),
    /// Whether enough rows with a key make a predicate true, or how many do; the call lacks the key, and what it is compared with.
    Row(ColumnRef, Predicate, Option<u32>, Option<Changes>, Option<Climb>),
    /// Whether there are enough such rows, or how many there are; the call lacks what they are compared with.
    Any(TableId, Predicate, Option<u32>, Option<Changes>, Option<Climb>),
}

impl<'a> Lowering<'a> {
    pub(super) fn new(model: &'a Model, encoding: &'a Encoding) -> Lowering<'a> {
        Lowering {
            model,
            shapes: Shapes::new(model, encoding),
            functions: Functions::default(),
            has_tables_of_others: model.catalog.tables().any(|(_, table)| table.is_of_others()),
            calls: HashMap::new(),
            lists: HashMap::new(),
        }
    }

    /// Adds what another one has written.
    pub(super) fn append(&mut self, other: Lowering<'a>) {
        self.functions.append(other.functions);
        self.calls.extend(other.calls);
        self.lists.extend(other.lists);
    }

    /// The call of a lookup function, written once.
    pub(super) fn once(&mut self, lookup: Lookup, row: &RowContext, write: impl FnOnce(&mut Self) -> Expression) -> Expression {
        let key = (lookup, row.is_complete, row.takes_from);
        if let Some(call) = self.calls.get(&key) {
            return call.clone();
        }
        let call = write(self);
        self.calls.insert(key, call.clone());
        call
    }

    pub(super) fn predicate(&mut self, predicate: &Predicate, row: &RowContext) -> Expression {
        match predicate {
            Predicate::Never => Expression::Boolean(false),
            Predicate::Always => Expression::Boolean(true),
            Predicate::All(parts) => Expression::And(parts.iter().map(|part| self.predicate(part, row)).collect()),
            Predicate::Any(parts) => Expression::Or(parts.iter().map(|part| self.predicate(part, row)).collect()),
            Predicate::Atom(atom) => self.atom(atom, row),
        }
    }

    /// A condition that asks for no other record's access.
    pub(super) fn condition(&mut self, condition: &Condition, row: &RowContext) -> Expression {
        self.predicate(&Predicate::of(self.model, condition), row)
    }

    fn atom(&mut self, atom: &Atom, row: &RowContext) -> Expression {
        if let Some(lookup) = self.lookup(atom, row) {
            return lookup;
        }
        match atom {
            Atom::Compare { left, operator, right } => {
                let r#type = left.r#type(&self.model.catalog, self.model.identity.user_key);
                let (first, second) = (self.value(left, row), self.value(right, row));
                self.compared(&r#type, first, *operator, second)
            }
            Atom::OneOf { value, list, negated } => {
                let comparison = if *negated { Comparison::NotEqual } else { Comparison::Equal };
                let operator = self.operator(value, comparison);
                let left = self.value(value, row);
                let list: Vec<Expression> = list.iter().map(|item| self.literal(item)).collect();
                let is_built_in = operator == operator_sql(comparison);
                if is_built_in {
                    return Expression::In { left: Box::new(left), negated: *negated, list };
                }
                // `IN` cannot name the operator's schema.
                let parts = list.into_iter().map(|item| Expression::binary(left.clone(), operator.as_str(), item)).collect();
                if *negated { Expression::And(parts) } else { Expression::Or(parts) }
            }
            Atom::Member { value, set, negated } => self.member(atom, (value, set), *negated, row),
            Atom::Empty { value, negated } => self.empty(value, *negated, row),
            Atom::EmptySet { set, negated } => self.empty_set(set, *negated, row),
            Atom::Contains { array, element, negated } => self.containment(array, element, *negated, row),
            Atom::Part { whole, place, part, negated } => self.part(whole, *place, part, *negated, row),
            Atom::Has { whole, all, of, negated } => self.has([whole, of], *all, *negated, row),
            Atom::IgnoringCase(inner) => self.ignoring_case(inner, row),
            Atom::Exists(exists) => self.exists(atom, exists, row),
            Atom::Can(never) => match *never {},
            Atom::Sql { table, text, negated } => {
                if row.in_body && row.given.is_none() {
                    let all = (0u32..).zip(&self.model.catalog.table(*table).columns).map(|(index, _)| index);
                    self.functions.reads.entry(*table).or_default().extend(all);
                }
                let raw = match row.given {
                    Some(given) => Expression::Session(SessionValue::Raw(*table, text.clone(), given)),
                    None => Expression::Raw(text.clone()),
                };
                if *negated { Expression::Not(Box::new(raw)) } else { raw }
            }
            Atom::SignedIn => is_signed_in(),
            Atom::Nobody => Expression::Session(SessionValue::Identity).null_test(false),
            Atom::HoldsGlobally { membership, roles } => {
                let lookup = Lookup::Globally(*membership, roles.clone());
                self.once(lookup, row, |lowering| lowering.holds_globally(*membership, roles))
            }
        }
    }

    pub(super) fn value_type(&self, value: &Value) -> Option<Type> {
        Some(value.r#type(&self.model.catalog, self.model.identity.user_key))
    }

    fn member(&mut self, atom: &Atom, (value, set): (&Value, &Set), negated: bool, row: &RowContext) -> Expression {
        let row = &if negated { row.complete() } else { row.clone() };
        let left = self.value(value, row);
        if let Some(found) = self.member_by_key(atom, (value, set), left.clone(), row) {
            if !negated {
                return found;
            }
            let mut known = vec![left.null_test(true)];
            known.extend(self.is_whole(set, row));
            known.push(Expression::Not(Box::new(found)));
            return Expression::And(known);
        }
        let array = Box::new(self.once(Lookup::Set(set.clone()), row, |lowering| lowering.set(set, row)));
        if !negated {
            let operator = self.operator(value, Comparison::Equal);
            return Expression::Array { left: Box::new(left), operator, all: false, array };
        }
        // `NULL <> ALL (empty)` is true in PostgreSQL, and so is `7 <> ALL (empty)` with nobody signed in.
        let mut parts = Vec::new();
        if !matches!(value, Value::Literal(_)) {
            parts.push(left.clone().null_test(true));
        }
        parts.extend(self.is_whole(set, row));
        let operator = self.operator(value, Comparison::Equal);
        parts.push(Expression::none_of(left, operator, *array));
        Expression::And(parts)
    }

    fn empty(&mut self, value: &Value, negated: bool, row: &RowContext) -> Expression {
        let row = &if negated { row.clone() } else { row.complete() };
        let is_null = self.emptiness(value, negated, row);
        if negated || !value.mentions_user() {
            return is_null;
        }
        // With nobody signed in, what the user's row says is unknown rather than empty.
        Expression::And(vec![is_signed_in(), is_null])
    }

    pub(super) fn value(&mut self, value: &Value, row: &RowContext) -> Expression {
        if let Some(parts) = self.parts_of(value) {
            return Expression::Tuple(parts.iter().map(|part| self.value(part, row)).collect());
        }
        match value {
            Value::Record(path) => self.record(path, row),
            Value::Outer(outer) => match row.further_out(outer.up) {
                Some(further_out) => self.record(&outer.path, &further_out),
                // The binder lets no text speak of a row that is not there; what nobody knows is empty.
                None => Expression::Word("NULL"),
            },
            Value::Former(path) => match row.former() {
                Some(former) => self.record(path, &former),
                // No policy speaks of it: it has one record only.
                None => Expression::Word("NULL"),
            },
            Value::User(path) => self.once(Lookup::Value(path.clone()), row, |lowering| lowering.user(path, row)),
            Value::Referenced(of) => self.once(Lookup::Referenced(of.clone()), row, |lowering| lowering.referenced(of, row)),
            Value::LoggedInUser => Expression::Session(SessionValue::Identity),
            Value::Literal(literal) => self.literal(literal),
            Value::Now(r#type) => self.now(r#type),
            Value::Today(r#type) => self.today(r#type),
            Value::Tomorrow(r#type) => self.tomorrow(r#type),
            Value::Shifted(duration, r#type) => self.shifted(*duration, r#type),
            Value::Claim(claim, Type::Array(element)) => {
                let list = Expression::Session(SessionValue::ClaimList(claim.clone(), (**element).clone()));
                // Without the cast, `ANY ((SELECT …))` would be read as a set of rows.
                list.cast(format!("{}[]", element_type(element)))
            }
            Value::Claim(claim, r#type) => Expression::Session(SessionValue::Claim(claim.clone(), r#type.clone())),
        }
    }

    /// The value at the end of a path: a column, or a look-up by the path's first key.
    pub(super) fn record(&mut self, path: &Path, row: &RowContext) -> Expression {
        let Some((hop, rest)) = path.after_first_hop() else { return self.column(path.column, row) };
        let key = self.column(hop.foreign_key, row);
        let target = self.row_beside(hop.target.table, row);
        let found_by = if row.in_body { key.clone() } else { self.as_parameters(hop.foreign_key) };
        let select = Select {
            expression: self.record(&rest, &target),
            from: Some(self.from(&target)),
            condition: Some(self.equals(hop.target, &target, found_by)),
        };
        if row.in_body {
            return Expression::Scalar(Box::new(select));
        }
        let words = Describe { model: self.model }.path(path);
        let (arguments, returns) = (self.as_arguments(hop.foreign_key, key), self.column_type(path.column));
        let remark = format!("{words} of a record, by its key");
        self.function(&words, arguments, &returns, select, remark)
    }

    pub(super) fn column(&mut self, column: ColumnRef, row: &RowContext) -> Expression {
        debug_assert_eq!(column.table, row.table);
        if self.model.catalog.is_tuple(column) {
            let parts = self.model.catalog.parts(column);
            return Expression::Tuple(parts.into_iter().map(|part| self.column(part, row)).collect());
        }
        if let Some((columns, first)) = &row.arguments
            && let Some(position) = columns.iter().position(|known| *known == column.column)
        {
            return Expression::Parameter(first + position);
        }
        if let Some(derived) = self.model.catalog.derivation(column) {
            return self.derived(column, derived, row);
        }
        if row.in_body && row.given.is_none() {
            self.functions.reads.entry(column.table).or_default().insert(column.column);
        }
        Expression::Column { alias: row.alias(), column: self.model.catalog.column(column).name.clone() }
    }

    /// `column = value`, for values that the column's type can hold.
    pub(super) fn equals(&mut self, column: ColumnRef, row: &RowContext, value: Expression) -> Expression {
        let own = self.column(column, row);
        self.compared(&self.model.catalog.column(column).r#type, own, Comparison::Equal, value)
    }

    /// The operator for comparing a value. One of an extension's type is named with its schema: under the search path of the script
    /// PostgreSQL would silently take another, such as that of text for citext.
    pub(super) fn operator(&self, value: &Value, comparison: Comparison) -> String {
        match self.value_type(value) {
            Some(r#type) => self.operator_of(&r#type, comparison),
            None => operator_sql(comparison).to_owned(),
        }
    }

    pub(super) fn operator_of(&self, r#type: &Type, comparison: Comparison) -> String {
        let operator = operator_sql(comparison);
        match r#type {
            Type::Citext(schema) => format!("OPERATOR({}.{operator})", quote::identifier(schema)),
            Type::Other(name) if name.schema != "pg_catalog" => {
                format!("OPERATOR({}.{operator})", quote::identifier(&name.schema))
            }
            _ => operator.to_owned(),
        }
    }

    pub(super) fn column_type(&self, column: ColumnRef) -> String {
        quote::r#type(&self.model.catalog.column(column).r#type)
    }

    pub(super) fn body_row(&self, table: TableId, outer: &[String], is_complete: bool) -> RowContext {
        RowContext::in_body(self.model, table, outer, is_complete)
    }

    pub(super) fn row_beside(&self, table: TableId, row: &RowContext) -> RowContext {
        row.beside(self.model, table)
    }

    pub(super) fn from(&mut self, row: &RowContext) -> From {
        // Also who only counts rows must be allowed to read some column.
        self.functions.reads.entry(row.table).or_default();
        let table = self.model.catalog.table(row.table);
        // A window fails by itself where it does not see all.
        let is_complete = row.is_complete && !table.is_of_others();
        From::Table { name: table.name.clone(), alias: row.alias(), is_complete, changes: row.changes }
    }
}

/// Whether somebody is signed in.
pub(super) fn is_signed_in() -> Expression {
    Expression::Session(SessionValue::Identity).null_test(true)
}

pub(super) fn operator_sql(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
    }
}
