//! Windows: what look-ups see of tables of others. The lookup role may be given no right on these, so a function that belongs to whoever deploys reads them for
//! it: of the rows that have a key, the columns that the look-up needs. It raises unless it sees every row, whatever the rule says of what it finds, and only
//! the lookup role may call it. Its body is text: a view and a parsed body would keep the owner from altering the table.
//!
//! In: the query of a look-up, which reads tables by their names. Out: the same with a call in the place of each table of others.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, From, Select};
use super::functions::Definition;
use super::lower::Lowering;
use super::quote;
use super::session_value::asked_type;
use crate::catalog::{Column, Table, Type};
use crate::objects::Body;
use crate::objects::template::fill;

/// What the rows of a window are found by: columns with their operators, and the values, which are the function's arguments.
type Keys = BTreeMap<(String, String, bool), Expression>;

impl Lowering<'_> {
    /// Puts windows in the place of tables of others.
    pub(super) fn open_windows(&mut self, body: &mut Select) {
        if self.has_tables_of_others {
            self.open_window(body, &[]);
        }
    }

    /// Of a query and of those in it. `order`: what its rows are ordered by.
    fn open_window(&mut self, select: &mut Select, order: &[Expression]) {
        let of_others = match &select.from {
            Some(From::Table { name, alias, .. }) => {
                let table = self.model.catalog.by_name(name).map(|id| self.model.catalog.table(id));
                table.filter(|table| table.is_of_others()).map(|table| (table, alias.clone()))
            }
            _ => None,
        };
        if let Some((table, alias)) = of_others {
            let keys = take_keys(&mut select.condition, table, &alias);
            let call = self.window(table, &alias, select, order, keys);
            select.from = Some(From::Window { call: Box::new(call), alias });
        }
        select.children_mut().into_iter().for_each(|child| self.open_windows_in(child));
    }

    fn open_windows_in(&mut self, expression: &mut Expression) {
        match expression {
            Expression::Scalar(select)
            | Expression::ArrayOf(select)
            | Expression::Exists(select)
            | Expression::AtLeast(select, _)
            | Expression::ArrayOfRepeated(select, _)
            | Expression::ExistsApart(select) => self.open_window(select, &[]),
            Expression::ArrayInOrder(select, order) => self.open_window(select, order),
            Expression::InRows { left, rows } => {
                self.open_windows_in(left);
                self.open_window(rows, &[]);
            }
            Expression::Reached(walk) => [&mut walk.start, &mut walk.step].into_iter().for_each(|one| self.open_window(one, &[])),
            other => other.children_mut().into_iter().for_each(|child| self.open_windows_in(child)),
        }
    }

    /// The call of the window that shows what a query needs of a table.
    fn window(&mut self, table: &Table, alias: &str, select: &Select, order: &[Expression], keys: Keys) -> Expression {
        let shown = shown(table, alias, select, order);
        let relation = quote::qualified(&table.name);
        let name = quote::identifier(&table.name.name);
        let columns: Vec<String> = shown.iter().map(|(column, r#type)| format!("{} {type}", quote::identifier(column))).collect();
        let values: Vec<String> =
            shown.iter().map(|(column, r#type)| format!("{name}.{}::{type}", quote::identifier(column))).collect();
        let (mut arguments, mut given, mut tests) = (Vec::new(), Vec::new(), Vec::new());
        for ((column, operator, is_list), value) in keys {
            let Some(index) = table.column_named(&column) else { continue };
            let r#type = asked_type(&table.columns[index as usize].r#type);
            arguments.push(if is_list { format!("{type}[]") } else { r#type });
            let number = arguments.len();
            let right = if is_list { format!("ANY (${number})") } else { format!("${number}") };
            tests.push(format!("{name}.{} {operator} {right}", quote::identifier(&column)));
            given.push(value);
        }
        let condition = if tests.is_empty() { String::new() } else { format!("\n  WHERE {}", tests.join(" AND ")) };
        let body = fill(
            WINDOW,
            &[
                ("relation", &quote::literal(&relation)),
                ("query", &format!("SELECT {}\n  FROM {relation} AS {name}{condition}", values.join(", "))),
            ],
        );
        let function = self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: &format!("{} window", table.name),
            arguments,
            returns: &format!("TABLE ({})", columns.join(", ")),
            attributes: "STABLE PARALLEL SAFE ROWS 1",
            is_definer: true,
            settings: &[],
            body: Body::Plpgsql(body),
            calls: BTreeSet::new(),
            remark: format!("What look-ups see of {}, or an error where that is not all of it", table.name),
        });
        self.functions.note_window(&function, &table.name);
        Expression::Call { function, arguments: given }
    }
}

/// The columns that a query needs of a table's rows, with their types as SQL; some column where it only counts.
fn shown(table: &Table, alias: &str, select: &Select, order: &[Expression]) -> Vec<(String, String)> {
    let (mut names, mut needs_all) = (BTreeSet::new(), false);
    let mut note = |part: &Expression| match part {
        Expression::Column { alias: of, column } if of == alias => drop(names.insert(column.clone())),
        Expression::Raw(_) => needs_all = true,
        _ => {}
    };
    select.for_each(&mut note);
    order.iter().for_each(|expression| expression.for_each(&mut note));
    let key = table.primary_key.first().copied().unwrap_or(0);
    let is_shown = |(index, name): (u32, &str)| needs_all || names.contains(name) || names.is_empty() && index == key;
    let columns = (0u32..).zip(&table.columns).filter(|(index, column)| is_shown((*index, &column.name)));
    let mut shown: Vec<(String, String)> =
        columns.map(|(_, column)| (column.name.clone(), quote::r#type(&column.r#type))).collect();
    // The place of a row is no column of the schema file.
    shown.extend(names.contains(PLACE).then(|| (PLACE.to_owned(), "tid".to_owned())));
    shown
}

const PLACE: &str = "ctid";

/// Takes out of a condition what says that columns equal values that are known without the row.
fn take_keys(condition: &mut Option<Expression>, table: &Table, alias: &str) -> Keys {
    let mut keys = Keys::new();
    if let Some(whole) = condition.take() {
        *condition = without_keys(whole, (table, alias), &mut keys);
    }
    keys
}

fn without_keys(condition: Expression, (table, alias): (&Table, &str), keys: &mut Keys) -> Option<Expression> {
    if let Expression::And(parts) = condition {
        let mut rest: Vec<Expression> = parts.into_iter().filter_map(|part| without_keys(part, (table, alias), keys)).collect();
        return if rest.len() > 1 { Some(Expression::And(rest)) } else { rest.pop() };
    }
    let of_row = |expression: &Expression| match expression {
        Expression::Column { alias: of, column } => {
            of == alias && table.columns.iter().any(|known| known.name == *column && is_key(known))
        }
        _ => false,
    };
    let is_equal = |operator: &str| operator == "=" || operator.ends_with(".=)");
    let (column, operator, is_list, value) = match &condition {
        Expression::Binary(left, operator, right) if is_equal(operator) && of_row(left) => (left, operator, false, right),
        Expression::Binary(left, operator, right) if is_equal(operator) && of_row(right) => (right, operator, false, left),
        Expression::Array { left, operator, all: false, array } if is_equal(operator) && of_row(left) => {
            (left, operator, true, array)
        }
        _ => return Some(condition),
    };
    let Expression::Column { column, .. } = &**column else { return Some(condition) };
    let key = (column.clone(), operator.clone(), is_list);
    if !is_known(value, alias) || keys.contains_key(&key) {
        return Some(condition);
    }
    keys.insert(key, (**value).clone());
    None
}

/// Whether a column's values are found by values of one type, whatever they are compared with.
fn is_key(column: &Column) -> bool {
    !matches!(column.r#type, Type::Real | Type::Double | Type::Numeric(_) | Type::Array(_) | Type::Jsonb)
}

/// Whether a value is none of the row's own, and no constant, by which nobody looks for a row.
fn is_known(value: &Expression, alias: &str) -> bool {
    let mut is_known = !matches!(
        value,
        Expression::Text(_) | Expression::Number(_) | Expression::Boolean(_) | Expression::Word(_) | Expression::Raw(_)
    );
    if let Expression::Cast(inner, _) = value {
        is_known &= !matches!(**inner, Expression::Text(_));
    }
    value.for_each(&mut |part| is_known &= !matches!(part, Expression::Column { alias: of, .. } if of == alias));
    is_known
}

/// A window that does not see every row fails: under a negation, "there is none" would grant. It sees every row where row-level security does not hold its
/// owner, or where it does and a policy shows everything. A view in the table's place has no policies, and shows what it likes.
///
/// What it answers with are variables of its body, by the names of the table's columns.
const WINDOW: &str = "#variable_conflict use_column
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = @relation@::regclass) NOT IN ('r', 'p', 'f') OR row_security_active(@relation@::regclass) AND (
    SELECT count(*) FILTER (WHERE polpermissive AND pg_get_expr(polqual, polrelid) = 'true') = 0
      OR count(*) FILTER (WHERE NOT polpermissive) > 0
    FROM pg_policy
    WHERE polrelid = @relation@::regclass AND polcmd IN ('r', '*')
      AND EXISTS (SELECT FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(current_user, role, 'USAGE'))
  ) THEN
    RAISE EXCEPTION '% does not see every row of %', current_user, @relation@
      USING HINT = 'Look-ups read it as the role that deploys: it bypasses row-level security, or the owner of the table gives it a policy, FOR SELECT USING (true).';
  END IF;
  RETURN QUERY
  @query@;
END";
