//! Actions: what the application can do by a call, whatever the rules grant. In: the actions of a model. Out: for each, the function that the application calls,
//! which runs as the caller and says who that is; the function that writes, which runs as the acting role and asks the session nothing; and what that role may do.
//!
//! One statement finds the record, sets what uses it up, and makes the others. Of two that find the same record at once, the second waits, and then asks again of
//! the record as it is: so one of them finds nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::expression::{Callee, Expression};
use super::super::generate::{Generator, column_list};
use super::super::quote;
use super::super::row_context::RowContext;
use super::super::session_value::SessionValue;
use super::named;
use crate::access::decide::simplify;
use crate::access::{Predicate, holds};
use crate::catalog::{ColumnRef, QualifiedName, Table, TableId};
use crate::encode::told_apart;
use crate::model::{Action, Assignment, Creation, Guards, Operation};
use crate::objects::{Body, Callers, Command, Function, Object, Owner, Policy, Purpose, Right, Rights, Target};

/// What the acting role needs of a table.
#[derive(Default)]
struct Needs {
    read: BTreeSet<u32>,
    updated: BTreeSet<u32>,
    created: BTreeSet<u32>,
    drawn: BTreeSet<QualifiedName>,
}

/// An action as expressions over its record.
struct Written {
    condition: Expression,
    set: Vec<Expression>,
    /// Table by table.
    created: Vec<Vec<Expression>>,
}

impl Written {
    fn all(&self) -> impl Iterator<Item = &Expression> {
        std::iter::once(&self.condition).chain(&self.set).chain(self.created.iter().flatten())
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        std::iter::once(&mut self.condition).chain(&mut self.set).chain(self.created.iter_mut().flatten())
    }

    /// Puts the function's arguments behind the first ones in the place of what the session says, and gives that.
    fn hand_over(&mut self, first: usize) -> Vec<SessionValue> {
        let mut values = BTreeSet::new();
        for part in self.all() {
            part.for_each(&mut |part| {
                if let Expression::Session(value) = part {
                    values.insert(value.clone());
                }
            });
        }
        for part in self.all_mut() {
            part.replace_session(true, &mut |value, _| {
                Expression::Parameter(first + values.iter().position(|known| known == value).unwrap_or_default())
            });
        }
        values.into_iter().collect()
    }
}

impl Generator<'_> {
    /// The functions that the application calls, and what the acting role may do. Gives the functions that write, which are made behind the look-ups that they
    /// call.
    pub(in super::super) fn actions(&mut self) -> Vec<Object> {
        let model = self.model;
        let Some(guards) = model.guards.as_ref() else { return Vec::new() };
        let (mut needs, mut made) = (BTreeMap::new(), Vec::new());
        for action in &model.actions {
            made.extend(self.action(guards, action, &mut needs));
        }
        if !made.is_empty() {
            // Who grants the right to call a function has to find it.
            self.usage_of(&model.lookup_schema, &guards.acting_role);
        }
        needs.iter().for_each(|(&table, needs)| self.may_act(&guards.acting_role, table, needs));
        made
    }

    fn action(&mut self, guards: &Guards, action: &Action, needs: &mut BTreeMap<TableId, Needs>) -> Vec<Object> {
        let model = self.model;
        let table = model.catalog.table(action.table);
        let mut written = self.written(action);
        self.note_needs(action, &written, needs);
        let mut types: Vec<String> =
            action.by.iter().map(|&column| self.lowering.column_type(ColumnRef { table: action.table, column })).collect();
        let arguments = types.clone();
        let values = written.hand_over(types.len() + 1);
        types.extend(values.iter().map(|value| self.lowering.session_type(value)));
        let all: Vec<&Expression> = written.all().collect();
        let calls = self.calls(&all, std::slice::from_ref(&guards.acting_role));
        let mut function = Function {
            name: QualifiedName::new(&model.lookup_schema, ""),
            names: Vec::new(),
            arguments: types,
            returns: "jsonb".to_owned(),
            attributes: "VOLATILE".to_owned(),
            is_definer: true,
            settings: Vec::new(),
            body: Body::Sql(self.statement(action, &written)),
            comment: Some(format!("What {}.{} writes, as the acting role", guards.schema, action.name)),
            callers: Callers::Granted,
            owner: Some(Owner { role: guards.acting_role.clone(), schema: model.lookup_schema.clone() }),
            shows: None,
            calls,
        };
        function.name.name = quote::generated_name(&format!("{}_{}", action.name, function.content()));
        let parameters = (1..=arguments.len()).map(Expression::Parameter);
        let given = parameters.chain(values.into_iter().map(Expression::Session)).collect();
        let call = Expression::Call { function: Callee::Ours(quote::qualified(&function.name)), arguments: given };
        let names = action.by.iter().map(|&column| table.columns[column as usize].name.clone()).collect();
        self.called_action(&named(&guards.schema, &action.name), (names, arguments), call);
        function.schemas().iter().for_each(|schema| self.usage_of(schema, &guards.acting_role));
        let signature = function.signature();
        let remarks: Vec<String> = function.comment.iter().cloned().collect();
        let callers = self.everyone().iter().map(|role| Right::to_use(role)).collect();
        let by = Some(guards.acting_role.clone());
        let rights = Rights { by, ..Rights::new(Target::Function(signature), Purpose::Calls, callers) };
        vec![Object::new(function, remarks), Object::new(rights, Vec::new())]
    }

    /// What the action asks and writes, over its record.
    fn written(&mut self, action: &Action) -> Written {
        let model = self.model;
        let asked = Predicate::of_action(model, action);
        let row = RowContext::of_policy(model, action.table).single().taken_away(&asked);
        let of_role = |role: &str| {
            let is_called_by = Predicate::any(action.roles.iter().map(|one| holds(model, one, role)));
            simplify(Predicate::all([is_called_by, asked.clone()]))
        };
        let mut conditions = Vec::new();
        for (argument, &column) in (1..).zip(&action.by) {
            let column = ColumnRef { table: action.table, column };
            conditions.push(self.lowering.equals(column, &row, Expression::Parameter(argument)));
        }
        conditions.push(self.in_session(of_role, &row));
        for column in told_apart(action, &asked).1 {
            let new = action.set.iter().find(|field| field.column == column).map(|field| self.lowering.value(&field.value, &row));
            let is_new = new.map(|new| self.lowering.equals(ColumnRef { table: action.table, column }, &row, new));
            conditions.extend(is_new.map(|is_new| Expression::NotTrue(Box::new(is_new))));
        }
        let mut set = Vec::new();
        for field in &action.set {
            let value = self.lowering.value(&field.value, &row);
            if field.may_be_empty() {
                conditions.push(value.clone().null_test(true));
            }
            set.push(value);
        }
        let mut of = |fields: &[Assignment]| fields.iter().map(|field| self.lowering.value(&field.value, &row)).collect();
        let created = action.create.iter().map(|creation| of(&creation.fields)).collect();
        Written { condition: Expression::all(conditions), set, created }
    }

    fn note_needs(&self, action: &Action, written: &Written, needs: &mut BTreeMap<TableId, Needs>) {
        let catalog = &self.model.catalog;
        let table = catalog.table(action.table);
        let of_record = needs.entry(action.table).or_default();
        of_record.updated.extend(action.set.iter().map(|field| field.column));
        for part in written.all() {
            part.for_each(&mut |part| {
                if let Expression::Column { alias, column } = part
                    && *alias == table.name.name
                {
                    of_record.read.extend(table.column_named(column));
                }
            });
        }
        for Creation { table: id, fields } in &action.create {
            let of_created = needs.entry(*id).or_default();
            let table = catalog.table(*id);
            of_created.created.extend(fields.iter().map(|field| field.column));
            of_created.read.extend(&table.primary_key);
            let is_given = |index: u32| fields.iter().any(|field| field.column == index);
            let drawn = (0u32..).zip(&table.columns).filter(|(index, _)| !is_given(*index));
            of_created.drawn.extend(drawn.filter_map(|(_, column)| column.sequence.clone()));
        }
    }

    /// The statement that finds, sets and makes; it answers with the keys of what it has made, and with nothing where it found nothing.
    fn statement(&self, action: &Action, written: &Written) -> String {
        let catalog = &self.model.catalog;
        let table = catalog.table(action.table);
        let set = std::iter::zip(&action.set, &written.set)
            .map(|(field, value)| format!("{} = {}", name(table, field.column), value.pretty(8)));
        let set = set.collect::<Vec<_>>().join(",\n      ");
        let mut returned = vec!["true AS is_found".to_owned()];
        let (mut made, mut keys) = (String::new(), Vec::new());
        for (position, (Creation { table: id, fields }, values)) in (1..).zip(std::iter::zip(&action.create, &written.created)) {
            let created = catalog.table(*id);
            let columns: Vec<u32> = fields.iter().map(|field| field.column).collect();
            let mut given = Vec::new();
            for (index, value) in values.iter().enumerate() {
                given.push(format!("found.v{position}_{index}"));
                returned.push(format!("{} AS v{position}_{index}", value.pretty(8)));
            }
            let of_key = created.primary_key.iter().map(|&column| {
                let (relation, column) = (quote::identifier(&created.name.name), name(created, column));
                format!("{relation}.{column}")
            });
            let mut key = of_key.collect::<Vec<_>>().join(", ");
            if key.is_empty() {
                key = "true AS is_made".to_owned();
            }
            made.push_str(&format!(
                ",\n  made_{position} AS (\n    INSERT INTO {} ({})\n    SELECT {} FROM found\n    RETURNING {key}\n  )",
                quote::qualified(&created.name),
                column_list(created, &columns),
                given.join(", "),
            ));
            let label = quote::literal(&created.name.to_string());
            keys.push(format!("{label}, (SELECT to_jsonb(made_{position}) FROM made_{position})"));
        }
        format!(
            "WITH found AS (\n    UPDATE {}\n    SET {set}\n    WHERE {}\n    RETURNING {}\n  ){made}\n  SELECT jsonb_build_object({}) FROM found",
            quote::qualified(&table.name),
            written.condition.pretty(6),
            returned.join(",\n      "),
            keys.join(", "),
        )
    }

    /// The function that the application calls, which raises an error where nothing was found; it does not say why.
    fn called_action(&mut self, name: &QualifiedName, (names, arguments): (Vec<String>, Vec<String>), call: Expression) {
        let call = self.lowering.for_policy(call);
        let message = format!("{} is not possible", name.name);
        let hint = "There is nothing of that kind that is yours and still counts.";
        let refusal = self.refused("42501", &message, hint, Expression::Word("NULL"));
        let calls = self.called(&[&call, &refusal]);
        let body = Body::Sql(format!("SELECT coalesce({}, to_jsonb({}))", call.text(), refusal.text()));
        let function = Function {
            name: name.clone(),
            names,
            arguments,
            returns: "jsonb".to_owned(),
            attributes: "VOLATILE".to_owned(),
            is_definer: false,
            settings: Vec::new(),
            body,
            comment: None,
            callers: Callers::Application(self.everyone()),
            owner: None,
            shows: None,
            calls,
        };
        self.add(function, Vec::new());
    }

    /// The rights and policies of the acting role at a table: these commands, these columns, whichever rows its functions choose.
    fn may_act(&mut self, role: &str, id: TableId, needs: &Needs) {
        let model = self.model;
        let table = model.catalog.table(id);
        let mut rights = Vec::new();
        let commands = [
            (Command::Select, "read", &needs.read),
            (Command::Insert, "create", &needs.created),
            (Command::Update, "update", &needs.updated),
        ];
        for (command, word, columns) in commands {
            let columns: Vec<u32> = columns.iter().copied().collect();
            if columns.is_empty() {
                continue;
            }
            rights
                .extend(columns.iter().map(|&column| Right::at_table(role, command, Some(&table.columns[column as usize].name))));
            let comment = "what actions find and write, each by a condition of its own";
            let policy =
                Policy::of_service(&table.name, &format!("rowgate_act_{word}"), command, role, Purpose::Actions, comment);
            self.add(policy, Vec::new());
        }
        self.service(&table.name, Purpose::Actions, rights);
        for sequence in &needs.drawn {
            let rights = vec![Right::to_use(role)];
            self.add(Rights::new(Target::Sequence(sequence.clone()), Purpose::Actions, rights), Vec::new());
        }
    }

    /// That a statement is none of an action, for triggers that hold the application to its rules; nothing where no action writes there so.
    pub(in super::super) fn is_no_action(&self, id: TableId, operation: Operation) -> Option<Expression> {
        let guards = self.model.guards.as_ref()?;
        let writes = |action: &Action| match operation {
            Operation::Create => action.create.iter().any(|creation| creation.table == id),
            _ => action.table == id,
        };
        let role = Expression::Text(guards.acting_role.clone());
        self.model.actions.iter().any(writes).then(|| Expression::binary(Expression::Word("current_user"), "<>", role))
    }
}

fn name(table: &Table, column: u32) -> String {
    quote::identifier(&table.columns[column as usize].name).into_owned()
}
