//! Triggers that tell which grants allow a whole step: the record before, the record after and the fields that change. Policies and column
//! grants say these apart, so where that is not exact, a trigger says it once more, for the grants one by one.
//!
//! One trigger per table and operation asks it of the record as it is stored, after all that the application's own triggers made of it, and of
//! every database role that may write the table: a statement can change its role while it runs. Who is none of these roles at that moment is
//! refused. Where row-level security does not apply, to superusers or to the actions of foreign keys, neither does the trigger.
//!
//! The question is asked in the trigger's WHEN: its functions are called by the invoking role, which is how the trigger knows the role,
//! and are found by their identity, so the role needs no right to name them. Nothing is queued for a step that is allowed.

use std::collections::BTreeSet;

use super::expression::{Expression, From, Given, Select};
use super::functions::{PATH_AS_KEPT, SEARCH_PATH};
use super::generate::Generator;
use super::lower::Row;
use super::quote;
use super::state::{Kind, Part};
use crate::access::{Predicate, Step, TableAccess, own_columns};
use crate::catalog::{QualifiedName, Table, TableId, Type};
use crate::model::Operation;

/// Names that start so come before all that an ordinary name starts with; triggers fire in the order of their names (manual section 39.1).
const FIRST: &str = "!rowgate";

/// Fires after all other triggers that change the record.
const MOVE: &str = "~~rowgate_move";

const CREATE_MOVE_TRIGGER: &str = "DECLARE
  keys name[];
BEGIN
  SELECT array_agg(DISTINCT attname ORDER BY attname)
  INTO keys
  FROM pg_partition_tree(@relation@::regclass) AS part
  JOIN pg_partitioned_table AS partitioned ON partrelid = part.relid
  CROSS JOIN unnest(partattrs::int2[]) AS key
  JOIN pg_attribute ON attrelid = partrelid AND CASE WHEN key = 0 THEN attnum > 0 AND NOT attisdropped ELSE attnum = key END;
  IF keys IS NOT NULL THEN
    EXECUTE format(
      'CREATE TRIGGER %s BEFORE UPDATE ON %s FOR EACH ROW WHEN (row_security_active(%L::regclass) AND record_image_ne(ROW(%s), ROW(%s))) EXECUTE FUNCTION %s',
      @trigger@, @relation@, @relation@,
      (SELECT string_agg(format('old.%I', key), ', ') FROM unnest(keys) AS key),
      (SELECT string_agg(format('new.%I', key), ', ') FROM unnest(keys) AS key),
      @refuse@);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s', @relation@, @trigger@);
  END IF;
END";

/// What the sessions of a database role may do, grant by grant.
struct Arm<'a> {
    role: &'a str,
    steps: Vec<Step>,
}

/// Fields that the same grants name.
struct FieldClass {
    columns: Vec<u32>,
    /// Positions of the grants that name them, for each arm.
    granting: Vec<Vec<usize>>,
}

/// The trigger of one table and operation.
struct StepTrigger<'a> {
    id: TableId,
    table: &'a Table,
    operation: Operation,
    arms: Vec<Arm<'a>>,
    /// The fields that some grants name and others do not.
    classes: Vec<FieldClass>,
}

impl Generator<'_> {
    /// The triggers of a table, for the operations that need one.
    pub(super) fn step_triggers(&mut self, id: TableId, access: &TableAccess) {
        for operation in [Operation::Create, Operation::Update] {
            if let Some(trigger) = StepTrigger::of(id, self.model.catalog.table(id), access, operation) {
                self.step_trigger(&trigger);
            }
        }
    }

    /// What a policy for writing says of the trigger that it needs: the columns of the trigger, which nobody can drop without dropping the policy,
    /// and that it is there and enabled. The first is folded away by the planner, the second asked once per statement.
    pub(super) fn tie_to_trigger(&mut self, id: TableId, access: &TableAccess, operation: Operation) -> Option<Expression> {
        let table = self.model.catalog.table(id);
        let trigger = StepTrigger::of(id, table, access, operation)?;
        let of_row = |column: &u32| Expression::Column {
            alias: table.name.name.clone(),
            column: table.columns[*column as usize].name.clone(),
        };
        let columns = Expression::Record(trigger.columns().iter().map(of_row).collect());
        let named = Expression::Or(vec![columns.null_test(false), Expression::Boolean(true)]);
        let of_trigger = |column: &str| Expression::Column { alias: "pg_trigger".to_owned(), column: column.to_owned() };
        let is_it = [
            ("tgrelid", Expression::Text(quote::qualified(&table.name)).cast("regclass")),
            ("tgname", Expression::Text(trigger.name())),
            ("tgenabled", Expression::Text("A".to_owned())),
        ];
        let is_enabled = Expression::Exists(Box::new(Select {
            expression: Expression::Number("1".to_owned()),
            from: Some(From::Table {
                name: QualifiedName::new("pg_catalog", "pg_trigger"),
                alias: "pg_trigger".to_owned(),
                is_complete: false,
            }),
            condition: Some(Expression::And(
                is_it.into_iter().map(|(column, value)| Expression::binary(of_trigger(column), "=", value)).collect(),
            )),
        }));
        Some(Expression::And(vec![named, is_enabled.once()]))
    }

    fn step_trigger(&mut self, trigger: &StepTrigger<'_>) {
        let relation = quote::qualified(&trigger.table.name);
        let mut conditions = Vec::new();
        if let Some(watched) = trigger.watched() {
            conditions.push(trigger.differs(&watched));
        }
        conditions.push(Expression::call("row_security_active", vec![Expression::Text(relation.clone()).cast("regclass")]));
        let mut arms = Vec::new();
        for (index, arm) in trigger.arms.iter().enumerate() {
            let has_role = vec![
                Expression::Word("current_user"),
                Expression::Text(arm.role.to_owned()),
                Expression::Text("USAGE".to_owned()),
            ];
            let call = self.step_function(trigger, index);
            arms.push(Expression::And(vec![Expression::call("pg_has_role", has_role), call]));
        }
        conditions.push(Expression::NotTrue(Box::new(Expression::Or(arms))));
        let when = self.lowering.for_trigger(Expression::And(conditions));
        // PostgreSQL asks for the right to call before it evaluates anything, so also of whom the trigger is not about: the actions of
        // foreign keys, roles that bypass policies. Nobody else can name the functions, whose schema is closed.
        self.calls(&[&when], &["public".to_owned()]);

        let refuse = self.refusal();
        let event = if trigger.is_update() { "UPDATE" } else { "INSERT" };
        let name = trigger.name();
        let sql_name = quote::identifier(&name);
        let create = vec![
            format!(
                "CREATE TRIGGER {sql_name} AFTER {event} ON {relation}\n  FOR EACH ROW\n  WHEN (\n    {}\n  )\n  EXECUTE FUNCTION {refuse}()",
                when.pretty(4)
            ),
            // Also where a session may say that it replicates.
            format!("ALTER TABLE {relation} ENABLE ALWAYS TRIGGER {sql_name}"),
        ];
        let drop = vec![format!("DROP TRIGGER {sql_name} ON {relation}")];
        self.push(Kind::Trigger, format!("{relation} {sql_name}"), Some(&relation), create, drop);
        self.part(Part::Trigger { name: name.clone(), always: true });
        if trigger.is_update() {
            self.move_trigger(&relation, &refuse);
        }
        let word = trigger.operation.word();
        self.remark(vec![format!("{}: each {word} is allowed as a whole by grants of one database role", trigger.table.name)]);
    }

    /// The trigger that refuses to move a record to another partition: PostgreSQL does it by DELETE and INSERT, and asks no trigger of UPDATE.
    /// Whether a table is partitioned, and by what, is the database's to say.
    fn move_trigger(&mut self, relation: &str, refuse: &str) {
        let trigger = quote::identifier(MOVE);
        let body = CREATE_MOVE_TRIGGER
            .replace("@relation@", &quote::literal(relation))
            .replace("@trigger@", &quote::literal(&trigger))
            .replace("@refuse@", &quote::literal(&format!("{refuse}()")));
        let create = vec![format!("DO {}", quote::dollar(&body))];
        let drop = vec![format!("DROP TRIGGER IF EXISTS {trigger} ON {relation}")];
        self.push(Kind::Trigger, format!("{relation} {trigger}"), Some(relation), create, drop);
    }

    /// The call of the function that says whether a role's grants allow a step, with the values of the trigger's rows.
    fn step_function(&mut self, trigger: &StepTrigger<'_>, arm: usize) -> Expression {
        let StepTrigger { id, table, .. } = *trigger;
        let Arm { role, steps, .. } = &trigger.arms[arm];
        let (before, after) = (Row::given(id, "before", "after"), Row::given(id, "after", "before"));
        let mut named: Vec<(String, Expression)> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let mut parts = Vec::new();
            if trigger.is_update() {
                parts.push(self.lowering.predicate(&step.before, &before));
            }
            parts.push(self.lowering.predicate(&step.after, &after));
            named.push((format!("s{index}"), Expression::And(parts)));
        }
        let step = |index: &usize| Expression::Column { alias: "step".to_owned(), column: format!("s{index}") };
        let (mut given, mut arguments) = (Vec::new(), Vec::new());
        let columns = trigger.columns_of(steps);
        for (alias, row, columns) in [("before", "old", columns.before), ("after", "new", columns.after)] {
            let mut fields = Vec::new();
            for column in columns {
                let entry = &table.columns[column as usize];
                let value = Expression::Column { alias: row.to_owned(), column: entry.name.clone() };
                arguments.push((quote::r#type(&entry.r#type), value));
                fields.push((entry.name.clone(), arguments.len()));
            }
            given.push(Given { alias: alias.to_owned(), columns: fields });
        }
        let mut conditions = vec![Expression::Or((0..steps.len()).map(|index| step(&index)).collect())];
        // Fields that only some grants name stay as they are, or one of these grants allows the step.
        for class in &trigger.classes {
            let granting = &class.granting[arm];
            if granting.len() < steps.len() {
                arguments.push(("boolean".to_owned(), trigger.untouched(&class.columns)));
                let mut any = vec![Expression::Parameter(arguments.len())];
                any.extend(granting.iter().map(step));
                conditions.push(Expression::Or(any));
            }
        }
        let inner = From::Steps { expressions: named, given, alias: "step".to_owned() };
        let body = Select { expression: Expression::And(conditions), from: Some(inner), condition: None };
        let word = trigger.operation.word();
        let words = format!("{} {word} {role}", table.name);
        let remark = format!("Whether grants allow {role} to {word} a record of {} so", table.name);
        self.lowering.function(&words, arguments, "boolean", body, remark)
    }

    /// The function that refuses, made once. Whoever makes a trigger has to be allowed to call it; it does nothing but raise an error.
    pub(super) fn refusal(&mut self) -> String {
        let name = format!("{}.refuse", quote::identifier(&self.model.lookup_schema));
        if !self.has_refusal {
            self.has_refusal = true;
            let body = "BEGIN\n  RAISE EXCEPTION 'new row violates row-level security policy for table \"%\"', TG_TABLE_NAME\n    USING ERRCODE = '42501',\n      \
                        DETAIL = 'No single rule allows this step: the record before and after it, and all fields that change.';\nEND";
            // It stays the deploying role's, who makes the triggers and has to be allowed to call it.
            let create = format!(
                "CREATE FUNCTION {name}()\n  RETURNS trigger\n  LANGUAGE plpgsql\n  {SEARCH_PATH}\nAS {}",
                quote::dollar(body)
            );
            let source = quote::source_of(&create);
            self.push(Kind::Function, format!("{name}()"), None, vec![create], vec![format!("DROP FUNCTION {name}()")]);
            self.given_to(None);
            self.part(Part::Function {
                signature: format!("{name}()"),
                owner: None,
                definer: false,
                source,
                path: Some(PATH_AS_KEPT.to_owned()),
                callers: vec!["public".to_owned()],
            });
            self.remark(vec!["What triggers call when no grant allows a step".to_owned()]);
        }
        name
    }
}

/// The columns of the two rows that predicates read.
struct Columns {
    before: BTreeSet<u32>,
    after: BTreeSet<u32>,
}

impl<'a> StepTrigger<'a> {
    /// The trigger of an operation, where the policies cannot say it without.
    fn of(id: TableId, table: &'a Table, access: &'a TableAccess, operation: Operation) -> Option<StepTrigger<'a>> {
        let bounds: BTreeSet<Predicate> = access.permissions.keys().map(|role| access.bound(role)).collect();
        let mut arms = Vec::new();
        for (role, permissions) in &access.permissions {
            let Some(steps) = permissions.get(&operation).and_then(|permission| permission.steps.as_ref()) else { continue };
            let bound = access.bound(role);
            let within = |predicate: &Predicate| match bounds.len() {
                // The policies have asked, whichever role it was.
                0 | 1 => predicate.clone(),
                _ => Predicate::all([predicate.clone(), bound.clone()]),
            };
            let steps = steps
                .iter()
                .map(|step| Step { before: within(&step.before), after: within(&step.after), fields: step.fields.clone() })
                .collect();
            arms.push(Arm { role, steps });
        }
        let classes = field_classes(&arms, table);
        (!arms.is_empty()).then_some(StepTrigger { id, table, operation, arms, classes })
    }

    fn is_update(&self) -> bool {
        self.operation == Operation::Update
    }

    fn name(&self) -> String {
        format!("{FIRST}_{}", self.operation.word())
    }

    /// The columns on which an update depends. `None` where it has to be asked about each: when nothing of them changes, and each grant leads to
    /// where it starts, USING has said all.
    fn watched(&self) -> Option<Vec<u32>> {
        let stays = |step: &Step| step.before.implies(&step.after);
        let is_told = self.is_update() && self.arms.iter().all(|arm| arm.steps.iter().all(stays));
        let stored = |column: &u32| !self.table.columns[*column as usize].generated;
        is_told.then(|| self.columns().into_iter().filter(stored).collect())
    }

    /// All columns that the trigger mentions.
    fn columns(&self) -> BTreeSet<u32> {
        let mut all: BTreeSet<u32> = self.classes.iter().flat_map(|class| &class.columns).copied().collect();
        for arm in &self.arms {
            let Columns { before, after } = self.columns_of(&arm.steps);
            all.extend(before);
            all.extend(after);
            // What raw SQL reads is not known.
            let is_opaque = |predicate: &Predicate| {
                let mut found = false;
                predicate.for_each_atom(&mut |atom| found |= atom.is_opaque());
                found
            };
            if arm.steps.iter().any(|step| is_opaque(&step.before) || is_opaque(&step.after)) {
                all.extend((0u32..).zip(&self.table.columns).map(|(index, _)| index));
            }
        }
        all
    }

    /// The columns that a function about these grants has to be given.
    fn columns_of(&self, steps: &[Step]) -> Columns {
        let mut columns = Columns { before: BTreeSet::new(), after: BTreeSet::new() };
        for step in steps {
            if self.is_update() {
                step.before.for_each_atom(&mut |atom| columns.before.extend(own_columns(atom)));
            }
            step.after.for_each_atom(&mut |atom| columns.after.extend(own_columns(atom)));
        }
        columns
    }

    /// Whether some of these columns differ between the two rows, as they are stored.
    fn differs(&self, columns: &[u32]) -> Expression {
        Expression::call("record_image_ne", vec![self.record("old", columns), self.record("new", columns)])
    }

    /// Whether no grant has to name these columns: they are as they were, or have their constant defaults.
    fn untouched(&self, columns: &[u32]) -> Expression {
        if self.is_update() {
            return Expression::call("record_image_eq", vec![self.record("old", columns), self.record("new", columns)]);
        }
        Expression::And(columns.iter().map(|&column| has_default(self.table, column)).collect())
    }

    /// A row of columns. Rows are compared by what is stored, whatever their types, collations and the client's settings say is equal (manual
    /// section 9.25.6); by function, because a dump would lose what the operators `*=` and `*<>` need to be read again.
    fn record(&self, alias: &str, columns: &[u32]) -> Expression {
        let value = |&column: &u32| Expression::Column {
            alias: alias.to_owned(),
            column: self.table.columns[column as usize].name.clone(),
        };
        Expression::Record(columns.iter().map(value).collect())
    }
}

/// The fields that some grants of some role name and others do not: those that the same grants name, together. What no grant names is closed by
/// the column lists.
fn field_classes(arms: &[Arm<'_>], table: &Table) -> Vec<FieldClass> {
    let mut classes: Vec<FieldClass> = Vec::new();
    for (column, entry) in (0u32..).zip(&table.columns) {
        let naming = |arm: &Arm<'_>| (0..arm.steps.len()).filter(|&index| arm.steps[index].names(column)).collect();
        let granting: Vec<Vec<usize>> = arms.iter().map(naming).collect();
        let is_named = granting.iter().any(|granting| !granting.is_empty());
        let by_all = std::iter::zip(arms, &granting).all(|(arm, granting)| granting.len() == arm.steps.len());
        if entry.generated || !is_named || by_all {
            continue;
        }
        match classes.iter_mut().find(|class| class.granting == granting) {
            Some(class) => class.columns.push(column),
            None => classes.push(FieldClass { columns: vec![column], granting }),
        }
    }
    classes
}

/// Whether a column of a new row has its constant default.
fn has_default(table: &Table, column: u32) -> Expression {
    let entry = &table.columns[column as usize];
    let value = Expression::Column { alias: "new".to_owned(), column: entry.name.clone() };
    let Some(default) = &entry.default else { return value.null_test(false) };
    let default = Expression::Default(default.clone()).cast(quote::r#type(&entry.r#type));
    if is_told_by_value(&entry.r#type) {
        return Expression::binary(value, "IS NOT DISTINCT FROM", default);
    }
    let row = |value| Expression::Record(vec![value]);
    Expression::call("record_image_eq", vec![row(value), row(default)])
}

/// Whether equal values are the same for everybody: not so texts, which a collation may take for equal, and what only its text shows. A default is
/// stored as the column's length or scale has it, so that numbers are compared as numbers.
fn is_told_by_value(r#type: &Type) -> bool {
    match r#type {
        Type::Uuid
        | Type::SmallInt
        | Type::Integer
        | Type::BigInt
        | Type::Numeric(_)
        | Type::Real
        | Type::Double
        | Type::Boolean
        | Type::Date
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Enum(_) => true,
        Type::Other(name) => *name == QualifiedName::new("pg_catalog", "bpchar"),
        _ => false,
    }
}
