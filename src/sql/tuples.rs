//! Values of several columns: what a reference of several columns has, and the key that it leads to. In: such values. Out: expressions of their parts, each
//! compared with its like, so that an index of these columns finds rows. Where rows are found by a list, its parts are arrays in one order: each finds what
//! an index has of it, and whether they belong together is looked up in a hash table.

use super::expression::{Expression, From, Select};
use super::lower::{Lowering, operator_sql};
use super::row_context::RowContext;
use super::sought_rows::SoughtRows;
use crate::access::{Atom, Predicate};
use crate::catalog::{ColumnRef, Type};
use crate::model::{Comparison, Outer, Path, Referenced, Value};

impl Expression {
    /// The parts of a value of several columns, or the value as its only part.
    pub(super) fn into_parts(self) -> Vec<Expression> {
        match self {
            Expression::Tuple(parts) => parts,
            single => vec![single],
        }
    }
}

impl Lowering<'_> {
    /// Two values of one type compared: of several columns, all parts are equal, or all are there and some differ.
    pub(super) fn compared(&self, r#type: &Type, left: Expression, comparison: Comparison, right: Expression) -> Expression {
        let Type::Tuple(types) = r#type else {
            return Expression::binary(left, self.operator_of(r#type, comparison), right);
        };
        let (left, right) = (left.into_parts(), right.into_parts());
        let both = std::iter::zip(&left, &right);
        let pairs = std::iter::zip(types, both)
            .map(|(r#type, (left, right))| Expression::binary(left.clone(), self.operator_of(r#type, comparison), right.clone()));
        let pairs: Vec<Expression> = pairs.collect();
        if comparison == Comparison::Equal {
            return Expression::And(pairs);
        }
        let known = left.into_iter().chain(right).map(|part| part.null_test(true));
        Expression::And(known.chain([Expression::Or(pairs)]).collect())
    }

    /// The parts of a value of several columns, each as a value of its own; `None` for all other values.
    pub(super) fn parts_of(&self, value: &Value) -> Option<Vec<Value>> {
        let of = |path: &Path, whole: &dyn Fn(Path) -> Value| {
            let is_tuple = self.model.catalog.is_tuple(path.column);
            let parts = is_tuple.then(|| self.model.catalog.parts(path.column))?;
            Some(parts.into_iter().map(|column| whole(Path { column, ..path.clone() })).collect())
        };
        match value {
            Value::Record(path) => of(path, &Value::Record),
            Value::User(path) => of(path, &Value::User),
            Value::Former(path) => of(path, &Value::Former),
            Value::Outer(outer) => of(&outer.path, &|path| Value::Outer(Outer { path, ..outer.clone() })),
            Value::Referenced(by) => of(&by.path, &|path| Value::Referenced(Referenced { path, ..by.clone() })),
            _ => None,
        }
    }

    /// The types of a value's parts as SQL.
    pub(super) fn types_of_parts(&self, column: ColumnRef) -> Vec<String> {
        self.model.catalog.parts(column).into_iter().map(|part| self.column_type(part)).collect()
    }

    /// The arguments of a function that is handed a value.
    pub(super) fn as_arguments(&self, column: ColumnRef, value: Expression) -> Vec<(String, Expression)> {
        std::iter::zip(self.types_of_parts(column), value.into_parts()).collect()
    }

    /// The value that a function is handed as its first arguments.
    pub(super) fn as_parameters(&self, column: ColumnRef) -> Expression {
        match self.model.catalog.parts(column).len() {
            _ if !self.model.catalog.is_tuple(column) => Expression::Parameter(1),
            count => Expression::Tuple((1..=count).map(Expression::Parameter).collect()),
        }
    }

    /// Whether a value of several columns is one of those that rows have, of which a predicate is true.
    pub(super) fn is_listed(&mut self, at: &SoughtRows<'_>, column: ColumnRef, key: Expression, row: &RowContext) -> Expression {
        if row.in_body {
            return self.is_listed_in_place(at, column, key, row);
        }
        let parts = self.model.catalog.parts(column);
        let there = match self.model.catalog.column(column).nullable {
            true => Predicate::all([at.predicate.clone(), is_there(column)]),
            false => at.predicate.clone(),
        };
        let alias = listed_name(row);
        let arrays: Vec<Expression> = parts.iter().map(|&part| self.values_of_rows(part, &there, row)).collect();
        let names = (1..).map(|index| format!("k{index}"));
        let from = From::Arrays { arrays: names.zip(arrays.clone()).collect(), alias: alias.clone() };
        let list = Select { expression: listed(&alias, parts.len()), from: Some(from), condition: None };
        let found = self.is_among(column, key.clone(), list);
        if row.is_complete {
            return found;
        }
        // What an index finds; of these some belong to other parts.
        let of_array = |(part, (left, array)): (&ColumnRef, (Expression, Expression))| {
            let operator = self.operator_of(&self.model.catalog.column(*part).r#type, Comparison::Equal);
            Expression::Array { left: Box::new(left), operator, all: false, array: Box::new(array) }
        };
        let by_index = std::iter::zip(&parts, std::iter::zip(key.into_parts(), arrays)).map(of_array);
        Expression::all(by_index.collect::<Vec<_>>().into_iter().chain([found]))
    }

    fn is_listed_in_place(&mut self, at: &SoughtRows<'_>, column: ColumnRef, key: Expression, row: &RowContext) -> Expression {
        let select = self.select_keys(at, column, row);
        let names = (1..).map(|index| format!("k{index}"));
        let expression = Expression::Row(names.zip(select.expression.into_parts()).collect());
        self.is_among(column, key, Select { expression, ..select })
    }

    /// `ROW(…) IN (SELECT …)`; where an operator has to be named with its schema, which `IN` cannot, one by one.
    fn is_among(&self, column: ColumnRef, key: Expression, rows: Select) -> Expression {
        let types: Vec<Type> =
            self.model.catalog.parts(column).iter().map(|&part| self.model.catalog.column(part).r#type.clone()).collect();
        let equal = operator_sql(Comparison::Equal);
        if types.iter().all(|r#type| self.operator_of(r#type, Comparison::Equal) == equal) {
            return Expression::InRows { left: Box::new(Expression::Record(key.into_parts())), rows: Box::new(rows) };
        }
        let Expression::Row(columns) = rows.expression else { return Expression::Boolean(false) };
        let other = Expression::Tuple(columns.into_iter().map(|(_, column)| column).collect());
        let same = self.compared(&Type::Tuple(types), other, Comparison::Equal, key);
        let condition = Some(Expression::all(rows.condition.into_iter().chain([same])));
        Expression::Exists(Box::new(Select { expression: Expression::Number("1".to_owned()), from: rows.from, condition }))
    }
}

/// The columns of a list's rows.
fn listed(alias: &str, count: usize) -> Expression {
    let column = |index| Expression::Column { alias: alias.to_owned(), column: format!("k{index}") };
    Expression::Row((1..=count).map(|index| (format!("k{index}"), column(index))).collect())
}

/// What the rows of a list are called: no row beside them is called so.
fn listed_name(row: &RowContext) -> String {
    let mut name = "listed".to_owned();
    while row.aliases.contains(&name) {
        name.push('_');
    }
    name
}

/// That a row has a value in a column.
fn is_there(column: ColumnRef) -> Predicate {
    let value = Value::Record(Path { table: column.table, hops: Vec::new(), column });
    Predicate::from(Atom::Empty { value, negated: true })
}
