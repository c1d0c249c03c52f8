//! A project's desired state: policies, grants, lookup functions, in the order in which they are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expression::Expression;
use super::functions::calls;
use super::lower::Lowering;
use super::written::{Form, Written, WrittenConditions};
use super::{checks, quote};
use crate::access::Predicate;
use crate::catalog::{QualifiedName, Supply, Table, TableId};
use crate::diagnostic::{LineIndex, Sources, Span};
use crate::encode::{Encoding, Permissions, Source, TableEncoding};
use crate::model::{Describe, Model, NoGrant, Operation};
use crate::objects::{
    Check, Command, Definition, Function, Kind, Object, Owner, Policy, Purpose, Right, Rights, Role, RowSecurity, Schema, State,
    Target, VERSION,
};
use crate::parallel;

/// Generates the state of a project without errors. `sources` are for the remarks that point back to the rules.
pub fn generate(model: &Model, encoding: &Encoding, sources: &Sources) -> State {
    let objects = objects(model, encoding, sources);
    let check = checks::findings(model, encoding, &objects);
    State { version: VERSION, objects, check: Some(Check::Findings(check)) }
}

fn objects(model: &Model, encoding: &Encoding, sources: &Sources) -> Vec<Object> {
    let tables: Vec<(TableId, &TableEncoding)> = encoding.tables.iter().map(|(&table, encoding)| (table, &**encoding)).collect();
    let generated = parallel::stretches(&tables, parallel::MIN_TABLES, |tables| {
        let mut generator = Generator::new(model, encoding, sources);
        tables.iter().for_each(|(table, encoding)| generator.table(*table, encoding));
        // What is in order piece by piece is quickly in order as a whole.
        generator.objects.sort_by(Object::before);
        generator
    });
    let mut generator = Generator::new(model, encoding, sources);
    generated.into_iter().for_each(|part| generator.append(part));
    generator.guards(encoding);
    generator.audit();
    generator.sequences(encoding);
    let acting = generator.actions();
    generator.lookups();
    generator.objects.extend(acting);
    generator.inspection(encoding);
    generator.usage(encoding);
    generator.roles();
    generator.record();
    let mut objects = generator.objects;
    objects.sort_by(Object::before);
    objects
}

pub(super) struct Generator<'a> {
    pub(super) model: &'a Model,
    sources: &'a Sources,
    lines: BTreeMap<crate::diagnostic::FileId, LineIndex>,
    pub(super) lowering: Lowering<'a>,
    written: WrittenConditions,
    pub(super) objects: Vec<Object>,
    /// Schemas and roles that are allowed to use them.
    usages: BTreeSet<(String, String)>,
    /// Database roles by the function that their policies call.
    callers: BTreeMap<String, BTreeSet<String>>,
    /// Whether the function that triggers call is among the objects.
    pub(super) has_refusal: bool,
    /// Whether there is a masking view.
    pub(super) has_masking: bool,
}

impl<'a> Generator<'a> {
    fn new(model: &'a Model, encoding: &'a Encoding, sources: &'a Sources) -> Generator<'a> {
        Generator {
            model,
            sources,
            lines: BTreeMap::new(),
            lowering: Lowering::new(model, encoding),
            written: WrittenConditions::default(),
            objects: Vec::new(),
            usages: BTreeSet::new(),
            callers: BTreeMap::new(),
            has_refusal: false,
            has_masking: false,
        }
    }

    /// Adds what another one generated, as if this one had done so. What belongs to several tables may be there already.
    fn append(&mut self, other: Generator<'a>) {
        let is_shared = |object: &Object| matches!(object.kind(), Kind::Function | Kind::LookupSchema);
        self.objects.reserve(other.objects.len());
        for object in other.objects {
            let is_known = is_shared(&object) && self.objects.iter().any(|known| known.id() == object.id());
            if !is_known {
                self.objects.push(object);
            }
        }
        self.lowering.append(other.lowering);
        self.usages.extend(other.usages);
        for (function, roles) in other.callers {
            self.callers.entry(function).or_default().extend(roles);
        }
        self.has_refusal |= other.has_refusal;
        self.has_masking |= other.has_masking;
    }
}

impl Generator<'_> {
    pub(super) fn add(&mut self, definition: impl Into<Definition>, remarks: Vec<String>) {
        self.objects.push(Object::new(definition, remarks));
    }

    /// What a role of ours may do with a table.
    pub(super) fn service(&mut self, table: &QualifiedName, purpose: Purpose, rights: Vec<Right>) {
        self.add(Rights::new(Target::Table(table.clone()), purpose, rights), Vec::new());
    }

    /// The application's roles.
    pub(super) fn everyone(&self) -> Vec<String> {
        self.model.application_roles().iter().map(|&role| role.to_owned()).collect()
    }

    fn table(&mut self, id: TableId, encoding: &TableEncoding) {
        let table = self.model.catalog.table(id);
        if !table.is_of_others() {
            let is_forced = self.model.forces_row_security(id);
            self.add(RowSecurity { table: table.name.clone(), is_forced }, Vec::new());
        }
        for (role, permissions) in &encoding.permissions {
            for &operation in permissions.keys() {
                let tie = self.tie_to_triggers(id, encoding, operation);
                self.policy(id, role, operation, permissions, tie.as_ref());
            }
        }
        encoding.triggers.iter().for_each(|trigger| self.step_trigger(id, trigger));
        self.closed_triggers(id, encoding);
        if encoding.lists_close {
            self.unknown_trigger(id);
        }
        self.preset_triggers(id, encoding);
        encoding.view.iter().for_each(|view| self.masking_view(id, view));
        if !table.is_of_others() {
            self.privileges(table, encoding);
        }
    }

    /// The policy of one role for one operation.
    fn policy(&mut self, id: TableId, role: &str, operation: Operation, permissions: &Permissions, tie: Option<&Expression>) {
        let Some(permission) = permissions.get(&operation) else { return };
        let model = self.model;
        let table = model.catalog.table(id);
        let (mut using, mut check) = (None, None);
        let roles = [role.to_owned()];
        if operation != Operation::Create {
            let tie = tie.filter(|_| operation == Operation::Update);
            using = Some(self.write(id, &permission.using, Form::Finds, tie));
        }
        if matches!(operation, Operation::Create | Operation::Update) {
            let form = match permissions.get(&Operation::Read) {
                _ if operation == Operation::Create => Form::AdmitsOne,
                // PostgreSQL asks of an updated row what it asks before showing it, too, and asks the same thing once.
                Some(read) if read.using == permission.check => Form::Finds,
                _ => Form::Admits,
            };
            let tie = tie.filter(|_| operation == Operation::Create);
            check = Some(self.write(id, &permission.check, form, tie));
        }
        let name = quote::generated_name(&format!("rowgate_{}_{role}", operation.word()));
        let about = format!("{}: {} by {role}", table.name, operation.word());
        let mut remarks = vec![about];
        remarks.extend(permission.sources.iter().flat_map(|source| self.source_remarks(source)));
        let rules =
            permission.sources.iter().map(|source| format!("{}: \"{}\"", Describe { model }.role_use(&source.role), source.rule));
        let mut comment: Vec<String> = rules.collect();
        for (name, span) in &permission.boundaries {
            remarks.push(format!("  boundary \"{name}\" ({})", self.place(*span)));
            comment.push(format!("boundary \"{name}\""));
        }
        let calls: BTreeSet<String> = [&using, &check].into_iter().flatten().flat_map(|written| written.calls.clone()).collect();
        self.note_calls(&calls, &roles);
        let text = |written: Option<Arc<Written>>| written.map(|written| written.text.clone());
        let policy = Policy {
            table: table.name.clone(),
            name,
            command: command(operation),
            roles: roles.to_vec(),
            using: text(using),
            check: text(check),
            comment: comment.join("; "),
            purpose: None,
            of_others: table.is_of_others(),
            calls,
        };
        self.add(policy, remarks);
    }

    fn source_remarks(&mut self, source: &Source) -> Vec<String> {
        let role = Describe { model: self.model }.role_use(&source.role);
        let mut remarks = vec![format!("  {role}: \"{}\" ({})", source.rule, self.place(source.span))];
        remarks.extend(source.completions.iter().map(|completion| format!("    where {completion}")));
        remarks
    }

    /// `file:line` of a place.
    fn place(&mut self, span: Span) -> String {
        let span = self.sources.resolve(span);
        let source = self.sources.get(span.file);
        let lines = self.lines.entry(span.file).or_insert_with(|| LineIndex::new(&source.text));
        format!("{}:{}", source.name, lines.line(span.start))
    }

    fn write(&mut self, table: TableId, predicate: &Predicate, form: Form, tie: Option<&Expression>) -> Arc<Written> {
        self.written.write(&mut self.lowering, table, predicate, form, tie)
    }

    /// The functions that expressions call; notes that these roles call them.
    pub(super) fn calls(&mut self, expressions: &[&Expression], roles: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        expressions.iter().for_each(|expression| calls(expression, &mut found));
        self.note_calls(&found, roles);
        found
    }

    fn note_calls(&mut self, functions: &BTreeSet<String>, roles: &[String]) {
        for function in self.lowering.functions.with_called(functions) {
            self.callers.entry(function).or_default().extend(roles.iter().cloned());
        }
    }

    /// Everything is taken from PUBLIC and the application's roles, then what the rules need is granted.
    fn privileges(&mut self, table: &Table, encoding: &TableEncoding) {
        let mut rights = Vec::new();
        for role in self.everyone() {
            if finds_nothing(self.model, table, encoding, &role) {
                rights.push(Right::at_table(&role, Command::Select, None));
            }
            for (&operation, permission) in encoding.permissions.get(&role).into_iter().flatten() {
                let right = |column| Right::at_table(&role, command(operation), column);
                match permission.granted_columns(operation, table) {
                    None => rights.push(right(None)),
                    Some(columns) => rights.extend(column_names(table, &columns).map(|name| right(Some(name)))),
                }
            }
        }
        self.only(Target::Table(table.name.clone()), rights);
    }

    /// What the application may do, and no more.
    fn only(&mut self, on: Target, rights: Vec<Right>) {
        let closed_to = self.everyone();
        self.add(Rights { closed_to, ..Rights::new(on, Purpose::Application, rights) }, Vec::new());
    }

    /// Who creates rows draws from the sequences of their columns, and nobody sets them. A sequence that several tables draw from is one object: a second
    /// one would take away what the first has given.
    fn sequences(&mut self, encoding: &Encoding) {
        let mut drawing: BTreeMap<&QualifiedName, BTreeSet<&str>> = BTreeMap::new();
        for (&table, of_table) in encoding.tables.iter().filter(|(id, _)| !self.model.catalog.table(**id).is_of_others()) {
            let creating = of_table.permissions.iter().filter(|(_, permissions)| permissions.contains_key(&Operation::Create));
            let creating: Vec<&str> = creating.map(|(role, _)| role.as_str()).collect();
            for sequence in self.model.catalog.table(table).columns.iter().filter_map(|column| column.drawn_by_default()) {
                drawing.entry(sequence).or_default().extend(&creating);
            }
        }
        for sequence in numbering(self.model, encoding) {
            let rights = vec![Right::to_use(&self.model.lookup_role)];
            self.add(Rights::new(Target::Sequence(sequence), Purpose::LookUps, rights), Vec::new());
        }
        for (sequence, roles) in drawing {
            self.only(Target::Sequence(sequence.clone()), roles.into_iter().map(Right::to_use).collect());
        }
    }

    /// Functions, who may call them, and what the lookup role may read.
    fn lookups(&mut self) {
        let (functions, reads) = std::mem::take(&mut self.lowering.functions).into_parts();
        let model = self.model;
        // A trigger without functions still has one to call.
        if functions.is_empty() && !self.has_refusal {
            return;
        }
        self.add(Schema { name: model.lookup_schema.clone(), used_by: Some(model.lookup_role.clone()) }, Vec::new());
        // Each with who may call it: of a large project they are many, and large.
        self.objects.reserve(2 * functions.len());
        for mut function in functions {
            if function.shows.is_some() {
                self.add_window(function);
                continue;
            }
            function.owner = Some(Owner { role: model.lookup_role.clone(), schema: model.lookup_schema.clone() });
            function.schemas().iter().for_each(|schema| self.usage_of(schema, &model.lookup_role));
            let (signature, remark) = (function.signature(), function.comment.clone());
            let callers = self.callers.get(&quote::qualified(&function.name)).cloned().unwrap_or_default();
            self.add(function, remark.into_iter().collect());
            if !callers.is_empty() {
                let rights = callers.iter().map(|role| Right::to_use(role)).collect();
                let by = Some(model.lookup_role.clone());
                self.add(Rights { by, ..Rights::new(Target::Function(signature), Purpose::Calls, rights) }, Vec::new());
            }
        }
        for (id, columns) in reads {
            let table = model.catalog.table(id);
            if table.is_of_others() {
                continue;
            }
            let mut columns: Vec<u32> = columns.into_iter().collect();
            if columns.is_empty() {
                columns.extend(table.primary_key.first().copied().or((!table.columns.is_empty()).then_some(0)));
            }
            let role = &model.lookup_role;
            let right = |column| Right::at_table(role, Command::Select, Some(column));
            self.service(&table.name, Purpose::LookUps, column_names(table, &columns).map(right).collect());
            let (purpose, comment) = (Purpose::LookUps, "what lookup functions read");
            self.add(Policy::of_service(&table.name, "rowgate_lookup", Command::Select, role, purpose, comment), Vec::new());
            self.usage_of(&table.name.schema, &model.lookup_role);
        }
    }

    /// A window stays the deploying role's, whom no policy of others keeps from seeing all, and only look-ups may call it.
    fn add_window(&mut self, function: Function) {
        let (signature, remark) = (function.signature(), function.comment.clone());
        self.add(function, remark.into_iter().collect());
        let rights = vec![Right::to_use(&self.model.lookup_role)];
        self.add(Rights::new(Target::Function(signature), Purpose::Calls, rights), Vec::new());
    }

    /// The schemas of what the application's roles may touch.
    fn usage(&mut self, encoding: &Encoding) {
        for (&id, of_table) in &encoding.tables {
            let table = self.model.catalog.table(id);
            let everyone = if table.is_of_others() { Vec::new() } else { self.everyone() };
            for role in everyone {
                if of_table.permissions.contains_key(&role) || finds_nothing(self.model, table, of_table, &role) {
                    self.usage_of(&table.name.schema, &role);
                }
            }
        }
    }

    /// A role's right to use a schema, once.
    pub(super) fn usage_of(&mut self, schema: &str, role: &str) {
        if !self.usages.insert((schema.to_owned(), role.to_owned())) {
            return;
        }
        self.add(Rights::new(Target::Schema(schema.to_owned()), Purpose::Usage, vec![Right::to_use(role)]), Vec::new());
    }

    fn roles(&mut self) {
        let model = self.model;
        let mut roles: Vec<&str> = model.application_roles();
        for role in model.service_roles() {
            let is_owner = |object: &Object| object.owner().is_some_and(|owner| owner.role == *role);
            let is_needed = model.inspection_role.as_deref() == Some(role) || self.objects.iter().any(is_owner);
            roles.extend(is_needed.then_some(role));
        }
        for role in roles {
            self.add(Role { name: role.to_owned() }, Vec::new());
        }
    }
}

/// Whether a role may read a table of which no policy shows it a row: a query of it then finds nothing, where it would be refused.
pub(super) fn finds_nothing(model: &Model, table: &Table, encoding: &TableEncoding, role: &str) -> bool {
    let is_closed = model.catalog.by_name(&table.name).is_none_or(|id| model.closed.contains_key(&id));
    let reads = encoding.permissions.get(role).is_some_and(|permissions| permissions.contains_key(&Operation::Read));
    model.no_grant_means == NoGrant::NoRows && !is_closed && !table.is_of_others() && !reads
}

fn command(operation: Operation) -> Command {
    match operation {
        Operation::Read => Command::Select,
        Operation::Create => Command::Insert,
        Operation::Update => Command::Update,
        Operation::Delete => Command::Delete,
    }
}

/// The sequences of columns that somebody who creates may not give: the lookup role reads what they gave last.
fn numbering(model: &Model, encoding: &Encoding) -> BTreeSet<QualifiedName> {
    let mut sequences = BTreeSet::new();
    for (&table, of_table) in &encoding.tables {
        let table = model.catalog.table(table);
        let compared = of_table.closed_to(Operation::Create).flat_map(|fields| &fields.compared);
        for column in compared {
            if let Supply::Drawn(sequence) = table.supply(&table.columns[*column as usize]) {
                sequences.insert(sequence);
            }
        }
    }
    sequences
}

fn column_names<'a>(table: &'a Table, columns: impl IntoIterator<Item = &'a u32>) -> impl Iterator<Item = &'a String> {
    columns.into_iter().map(|&index| &table.columns[index as usize].name)
}

pub(super) fn column_list(table: &Table, columns: &[u32]) -> String {
    let names = column_names(table, columns).map(|name| quote::identifier(name));
    names.collect::<Vec<_>>().join(", ")
}
