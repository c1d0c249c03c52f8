//! Triggers that tell which single grant allows a whole step: the record before, the record after and the fields that change. Policies and
//! column grants say these apart, so where that is not exact, a trigger says it once more, for the grants one by one.
//!
//! The question is asked in the trigger's WHEN: its functions are called by the invoking role, which is how the trigger knows the role,
//! and are found by their identity, so the role needs no right to name them. It runs before every other trigger of the table (they fire in
//! the order of their names, manual section 39.1), sees what the statement itself changes, and not what later triggers add. Where row-level
//! security does not apply, to superusers or to the actions of foreign keys, it does not either.

use std::collections::BTreeSet;

use super::expression::{Expression, From, Given, Select};
use super::generate::Generator;
use super::lower::Row;
use super::quote;
use super::state::Kind;
use crate::access::{Permission, Step, own_columns};
use crate::catalog::{Table, TableId, Type};
use crate::model::Operation;

/// Names that start so come before all that an ordinary name starts with.
const FIRST: &str = "!rowgate";

impl Generator<'_> {
    /// The trigger for one operation of one database role, where the permission needs one.
    pub(super) fn step_trigger(&mut self, id: TableId, role: &str, operation: Operation, permission: &Permission) {
        let (Some(steps), Operation::Create | Operation::Update) = (&permission.steps, operation) else { return };
        let table = self.model.catalog.table(id);
        let is_update = operation == Operation::Update;
        let classes = partial_classes(steps, table);
        let columns = Columns::of(steps, &classes, table, is_update);
        let call = self.step_function(id, role, operation, steps, &classes, &columns);

        let relation = quote::qualified(&table.name);
        let mut conditions = Vec::new();
        // When nothing changes that a step depends on, and each grant leads to where it starts, USING has said all.
        let stays = |step: &Step| step.before.implies(&step.after);
        if is_update && steps.iter().all(stays) {
            let watched: BTreeSet<u32> = columns.before.union(&columns.after).copied().collect();
            let changed = watched.iter().filter(|&&column| !table.columns[column as usize].generated);
            conditions.push(Expression::Or(changed.map(|&column| distinct(table, column, "old", "new")).collect()));
        }
        let has_role =
            vec![Expression::Word("current_user"), Expression::Text(role.to_owned()), Expression::Text("USAGE".to_owned())];
        conditions.push(Expression::call("pg_has_role", has_role));
        conditions.push(Expression::call("row_security_active", vec![Expression::Text(relation.clone()).cast("regclass")]));
        conditions.push(Expression::NotTrue(Box::new(call)));
        let when = Expression::And(conditions);
        // PostgreSQL asks for the right to call before it evaluates anything, so also of whom the trigger is not about: the actions of
        // foreign keys, roles that bypass policies. Nobody else can name the function, whose schema is closed.
        self.calls(&[&when], &["public".to_owned()]);

        let refuse = self.refusal();
        let event = if is_update { "UPDATE" } else { "INSERT" };
        let name = quote::generated_name(&format!("{FIRST}_{}_{role}", operation.word()));
        let trigger = quote::identifier(&name);
        let create = format!(
            "CREATE TRIGGER {trigger} BEFORE {event} ON {relation}\n  FOR EACH ROW\n  WHEN (\n    {}\n  )\n  EXECUTE FUNCTION {refuse}()",
            when.pretty(4)
        );
        let drop = vec![format!("DROP TRIGGER {trigger} ON {relation}")];
        self.push(Kind::Trigger, format!("{relation} {trigger}"), Some(&relation), vec![create], drop);
        self.remark(vec![format!("{}: each {} by {role} is allowed by one grant as a whole", table.name, operation.word())]);
        self.needs_lookup_role();
    }

    /// The function that says whether a step is allowed, and its call with the values of the trigger's rows.
    fn step_function(
        &mut self,
        id: TableId,
        role: &str,
        operation: Operation,
        steps: &[Step],
        classes: &[(Vec<u32>, Vec<usize>)],
        columns: &Columns,
    ) -> Expression {
        let table = self.model.catalog.table(id);
        let is_update = operation == Operation::Update;
        let (before, after) = (Row::given(id, "before", "after"), Row::given(id, "after", "before"));
        let expressions: Vec<Expression> = steps
            .iter()
            .map(|step| {
                let mut parts = Vec::new();
                if is_update {
                    parts.push(self.lowering.predicate(&step.before, &before));
                }
                parts.push(self.lowering.predicate(&step.after, &after));
                Expression::And(parts)
            })
            .collect();
        let step = |index: &usize| Expression::Column { alias: "step".to_owned(), column: format!("s{index}") };
        let all: Vec<usize> = (0..steps.len()).collect();
        let mut named: Vec<(String, Expression)> = all.iter().map(|index| format!("s{index}")).zip(expressions).collect();
        let mut conditions = vec![Expression::Or(all.iter().map(step).collect())];
        // Fields that only some grants name stay as they are, or one of these grants allows the step.
        for (index, (class, granting)) in classes.iter().enumerate() {
            let untouched = class.iter().map(|&column| {
                if is_update {
                    Expression::Not(Box::new(distinct(table, column, "before", "after")))
                } else {
                    has_default(table, column)
                }
            });
            let name = format!("untouched_{index}");
            named.push((name.clone(), Expression::And(untouched.collect())));
            let mut any = vec![Expression::Column { alias: "step".to_owned(), column: name }];
            any.extend(granting.iter().map(step));
            conditions.push(Expression::Or(any));
        }
        let (mut given, mut arguments, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (alias, row, columns) in [("before", "old", &columns.before), ("after", "new", &columns.after)] {
            let mut fields = Vec::new();
            for &column in columns {
                let entry = &table.columns[column as usize];
                arguments.push(quote::r#type(&entry.r#type));
                values.push(Expression::Column { alias: row.to_owned(), column: entry.name.clone() });
                fields.push((entry.name.clone(), arguments.len()));
            }
            given.push(Given { alias: alias.to_owned(), columns: fields });
        }
        let inner = From::Steps { expressions: named, given, alias: "step".to_owned() };
        let body = Select { expression: Expression::And(conditions), from: Some(inner), condition: None };
        let words = format!("{} {} {role}", table.name, operation.word());
        let remark = format!("Whether one grant allows {role} to {} a record of {} so", operation.word(), table.name);
        let schema = &self.model.lookup_schema;
        let function = self.lowering.functions.add(schema, &words, arguments, "boolean", &body, remark);
        Expression::Call { function, arguments: values }
    }

    /// The function that refuses, made once. Whoever makes a trigger has to be allowed to call it; it does nothing but raise an error.
    fn refusal(&mut self) -> String {
        let name = format!("{}.refuse", quote::identifier(&self.model.lookup_schema));
        if !self.has_refusal {
            self.has_refusal = true;
            let body = "BEGIN\n  RAISE EXCEPTION 'new row violates row-level security policy for table \"%\"', TG_TABLE_NAME\n    USING ERRCODE = '42501',\n      \
                        DETAIL = 'No single rule allows this step: the record before and after it, and all fields that change.';\nEND";
            let create = format!(
                "CREATE FUNCTION {name}()\n  RETURNS trigger\n  LANGUAGE plpgsql\n  SET search_path = ''\nAS {}",
                quote::dollar(body)
            );
            self.push(Kind::Function, format!("{name}()"), None, vec![create], vec![format!("DROP FUNCTION {name}()")]);
            self.remark(vec!["What triggers call when no grant allows a step".to_owned()]);
        }
        name
    }
}

/// The columns that a step function has to be given.
struct Columns {
    before: BTreeSet<u32>,
    after: BTreeSet<u32>,
}

impl Columns {
    fn of(steps: &[Step], classes: &[(Vec<u32>, Vec<usize>)], table: &Table, is_update: bool) -> Columns {
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        let all = || (0u32..).zip(&table.columns);
        for step in steps {
            let predicates: &[_] =
                if is_update { &[(&step.before, true), (&step.after, false)] } else { &[(&step.after, false)] };
            for (predicate, is_before) in predicates {
                let set = if *is_before { &mut before } else { &mut after };
                predicate.for_each_atom(&mut |atom| {
                    if atom.is_opaque() {
                        // A generated column has no value yet in a trigger before the change.
                        set.extend(all().filter(|(_, column)| *is_before || !column.generated).map(|(index, _)| index));
                    }
                    set.extend(own_columns(atom));
                });
            }
        }
        for &column in classes.iter().flat_map(|(class, _)| class) {
            after.insert(column);
            if is_update {
                before.insert(column);
            }
        }
        Columns { before, after }
    }
}

/// Columns that some grants name and others do not: those that the same grants name, with the positions of these.
fn partial_classes(steps: &[Step], table: &Table) -> Vec<(Vec<u32>, Vec<usize>)> {
    let mut classes: Vec<(Vec<u32>, Vec<usize>)> = Vec::new();
    for (column, entry) in (0u32..).zip(&table.columns) {
        let granting: Vec<usize> = (0..steps.len()).filter(|&index| steps[index].names(column)).collect();
        if entry.generated || granting.is_empty() || granting.len() == steps.len() {
            continue;
        }
        match classes.iter_mut().find(|(_, known)| *known == granting) {
            Some((class, _)) => class.push(column),
            None => classes.push((vec![column], granting)),
        }
    }
    classes
}

/// Whether a column differs between two rows. Types without an operator for it, and citext, whose operator is not found under the path
/// that the SQL is applied with, are compared as texts.
fn distinct(table: &Table, column: u32, left: &str, right: &str) -> Expression {
    let entry = &table.columns[column as usize];
    let value = |alias: &str| {
        let value = Expression::Column { alias: alias.to_owned(), column: entry.name.clone() };
        if needs_text(&entry.r#type) { value.cast("text") } else { value }
    };
    Expression::binary(value(left), "IS DISTINCT FROM", value(right))
}

fn needs_text(r#type: &Type) -> bool {
    match r#type {
        Type::Json | Type::Citext(_) | Type::Other(_) => true,
        Type::Array(element) => needs_text(element),
        _ => false,
    }
}

/// Whether a column of a new row has its constant default.
fn has_default(table: &Table, column: u32) -> Expression {
    let entry = &table.columns[column as usize];
    let value = Expression::Column { alias: "after".to_owned(), column: entry.name.clone() };
    let Some(default) = &entry.default else { return value.null_test(false) };
    let default = Expression::Raw(default.clone()).cast(quote::r#type(&entry.r#type));
    let (value, default) = if needs_text(&entry.r#type) { (value.cast("text"), default.cast("text")) } else { (value, default) };
    Expression::binary(value, "IS NOT DISTINCT FROM", default)
}
