//! A project's desired state: policies, grants, lookup functions, in the order in which they are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::clauses::{Clauses, Form, Written};
use super::expression::Expression;
use super::functions::{PATH_AS_KEPT, calls};
use super::lower::Lowering;
use super::state::{Kind, Object, Owner, Part, State};
use super::{checks, quote};
use crate::access::decide::simplify;
use crate::access::{AccessMatrix, Permission, Predicate, Source, TableAccess};
use crate::catalog::{QualifiedName, Table, TableId};
use crate::diagnostic::{LineIndex, Sources, Span};
use crate::model::{Describe, Model, Operation};
use crate::parallel;

/// The format of recorded states that this program writes; it reads all from 1.
pub const VERSION: u32 = 2;

/// Generates the state of a project without errors. `sources` are for the remarks that point back to the rules.
pub fn generate(model: &Model, matrix: &AccessMatrix, sources: &Sources) -> State {
    let objects = objects(model, matrix, sources);
    let check = checks::statement(model, matrix, &objects);
    State { version: VERSION, objects, check }
}

fn objects(model: &Model, matrix: &AccessMatrix, sources: &Sources) -> Vec<Object> {
    let tables: Vec<(TableId, &TableAccess)> = matrix.tables.iter().map(|(&table, access)| (table, access)).collect();
    let generated = parallel::stretches(&tables, parallel::MIN_TABLES, |tables| {
        let mut generator = Generator::new(model, matrix, sources);
        tables.iter().for_each(|(table, access)| generator.table(*table, access));
        // What is in order piece by piece is quickly in order as a whole.
        generator.objects.sort_by(Object::before);
        generator
    });
    let mut generator = Generator::new(model, matrix, sources);
    generated.into_iter().for_each(|part| generator.append(part));
    generator.guards(matrix);
    generator.audit(matrix);
    generator.sequences(matrix);
    generator.lookups();
    generator.usage(matrix);
    generator.roles();
    let mut objects = generator.objects;
    objects.sort_by(Object::before);
    objects
}

pub(super) struct Generator<'a> {
    pub(super) model: &'a Model,
    sources: &'a Sources,
    lines: BTreeMap<crate::diagnostic::FileId, LineIndex>,
    pub(super) lowering: Lowering<'a>,
    clauses: Clauses,
    objects: Vec<Object>,
    /// Schemas and roles that are allowed to use them, as SQL.
    usages: BTreeSet<String>,
    /// Database roles by the function that their policies call.
    callers: BTreeMap<String, BTreeSet<String>>,
    /// Whether the function that triggers call is among the objects.
    pub(super) has_refusal: bool,
    /// Whether there is a masking view.
    pub(super) has_masking: bool,
}

/// A policy's parts as SQL.
struct Policy {
    name: String,
    /// Of those that may follow FOR.
    command: &'static str,
    roles: Vec<String>,
    /// USING and WITH CHECK.
    clauses: Vec<String>,
    comment: String,
}

impl<'a> Generator<'a> {
    fn new(model: &'a Model, matrix: &'a AccessMatrix, sources: &'a Sources) -> Generator<'a> {
        Generator {
            model,
            sources,
            lines: BTreeMap::new(),
            lowering: Lowering::new(model, matrix),
            clauses: Clauses::default(),
            objects: Vec::new(),
            usages: BTreeSet::new(),
            callers: BTreeMap::new(),
            has_refusal: false,
            has_masking: false,
        }
    }

    /// Adds what another one generated, as if this one had done so. What belongs to several tables may be there already.
    fn append(&mut self, other: Generator<'a>) {
        let is_shared = |object: &Object| matches!(object.kind, Kind::Function | Kind::LookupSchema);
        for object in other.objects {
            let is_known = is_shared(&object) && self.objects.iter().any(|known| is_shared(known) && known.name == object.name);
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
    pub(super) fn push(
        &mut self,
        kind: Kind,
        name: impl Into<String>,
        table: Option<&str>,
        create: Vec<String>,
        drop: Vec<String>,
    ) {
        let table = table.map(str::to_owned);
        let owner = (kind == Kind::Function)
            .then(|| Owner { role: self.model.lookup_role.clone(), schema: self.model.lookup_schema.clone() });
        let lookup_role = (kind == Kind::FunctionGrant).then(|| self.model.lookup_role.clone());
        self.objects.push(Object {
            kind,
            name: name.into(),
            table,
            lookup_role,
            part: None,
            owner,
            create,
            drop,
            remarks: Vec::new(),
        });
    }

    /// Says what the last object is within its table.
    pub(super) fn part(&mut self, part: Part) {
        if let Some(object) = self.objects.last_mut() {
            object.part = Some(part);
        }
    }

    /// Adds remarks to the last object.
    pub(super) fn remark(&mut self, remarks: Vec<String>) {
        if let Some(object) = self.objects.last_mut() {
            object.remarks = remarks;
        }
    }

    fn table(&mut self, id: TableId, access: &TableAccess) {
        let table = self.model.catalog.table(id);
        let sql = quote::qualified(&table.name);
        let enable =
            vec![format!("ALTER TABLE {sql} ENABLE ROW LEVEL SECURITY"), format!("ALTER TABLE {sql} FORCE ROW LEVEL SECURITY")];
        let disable = vec![
            format!("ALTER TABLE {sql} NO FORCE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {sql} DISABLE ROW LEVEL SECURITY"),
        ];
        self.push(Kind::RowSecurity, sql.clone(), Some(&sql), enable, disable);
        for (role, permissions) in &access.permissions {
            let read = permissions.get(&Operation::Read);
            for (&operation, permission) in permissions {
                self.policy(id, access, role, operation, permission, read);
            }
        }
        self.step_triggers(id, access);
        self.masking_view(id, access);
        self.privileges(table, access);
    }

    /// The policy of one role for one operation. The boundaries stand in it: as policies of their own they could be lost without what they limit.
    fn policy(
        &mut self,
        id: TableId,
        access: &TableAccess,
        role: &str,
        operation: Operation,
        permission: &Permission,
        read: Option<&Permission>,
    ) {
        let model = self.model;
        let table = model.catalog.table(id);
        let mut clauses = Vec::new();
        let roles = [role.to_owned()];
        let bound = access.bound(role);
        let within = |predicate: &Predicate| simplify(Predicate::all([predicate.clone(), bound.clone()]));
        let tie = self.tie_to_trigger(id, access, operation);
        if operation != Operation::Create {
            let tie = tie.as_ref().filter(|_| operation == Operation::Update);
            let using = self.write(id, &within(&permission.using), Form::Finds, tie);
            clauses.push(using.clause("USING"));
            self.note_calls(&using.calls, &roles);
        }
        if matches!(operation, Operation::Create | Operation::Update) {
            let form = match read {
                _ if operation == Operation::Create => Form::AdmitsOne,
                // PostgreSQL asks of an updated row what it asks before showing it, too, and asks the same thing once.
                Some(read) if read.using == permission.check => Form::Finds,
                _ => Form::Admits,
            };
            let tie = tie.as_ref().filter(|_| operation == Operation::Create);
            let check = self.write(id, &within(&permission.check), form, tie);
            clauses.push(check.clause("WITH CHECK"));
            self.note_calls(&check.calls, &roles);
        }
        let name = quote::generated_name(&format!("rowgate_{}_{role}", operation.word()));
        let about = format!("{}: {} by {role}", table.name, operation.word());
        let mut remarks = vec![about];
        remarks.extend(permission.sources.iter().flat_map(|source| self.source_remarks(source)));
        let rules =
            permission.sources.iter().map(|source| format!("{}: \"{}\"", Describe { model }.role_use(&source.role), source.rule));
        let mut comment: Vec<String> = rules.collect();
        for boundary in access.boundaries.iter().filter(|boundary| boundary.holds_for(role)) {
            remarks.push(format!("  boundary \"{}\" ({})", boundary.name, self.place(boundary.span)));
            comment.push(format!("boundary \"{}\"", boundary.name));
        }
        let (command, roles) = (command(operation), roles.to_vec());
        self.add_policy(table, Policy { name, command, roles, clauses, comment: comment.join("; ") }, remarks);
    }

    fn add_policy(&mut self, table: &Table, new: Policy, remarks: Vec<String>) {
        let (sql, policy) = (quote::qualified(&table.name), quote::identifier(&new.name));
        let (command, clauses) = (new.command, new.clauses.join("\n  "));
        let to = new.roles.iter().map(|role| quote::identifier(role)).collect::<Vec<_>>().join(", ");
        let create = vec![
            format!("CREATE POLICY {policy} ON {sql}\n  AS PERMISSIVE FOR {command} TO {to}\n  {clauses}"),
            format!("COMMENT ON POLICY {policy} ON {sql} IS {}", quote::literal(&new.comment)),
        ];
        let drop = vec![format!("DROP POLICY {policy} ON {sql}")];
        self.push(Kind::Policy, format!("{sql} {policy}"), Some(&sql), create, drop);
        self.remark(remarks);
        let Policy { name, roles, .. } = new;
        self.part(Part::Policy { name, command: command.to_owned(), permissive: true, roles });
    }

    /// The last object is given to a role, or stays the deploying one's.
    pub(super) fn given_to(&mut self, owner: Option<Owner>) {
        if let Some(object) = self.objects.last_mut() {
            object.owner = owner;
        }
    }

    fn source_remarks(&mut self, source: &Source) -> Vec<String> {
        let role = Describe { model: self.model }.role_use(&source.role);
        let mut remarks = vec![format!("  {role}: \"{}\" ({})", source.rule, self.place(source.span))];
        remarks.extend(source.completions.iter().map(|completion| format!("    where {completion}")));
        remarks
    }

    /// `file:line` of a place.
    fn place(&mut self, span: Span) -> String {
        let source = self.sources.get(span.file);
        let lines = self.lines.entry(span.file).or_insert_with(|| LineIndex::new(&source.text));
        format!("{}:{}", source.name, lines.line(span.start))
    }

    fn write(&mut self, table: TableId, predicate: &Predicate, form: Form, tie: Option<&Expression>) -> Arc<Written> {
        self.clauses.write(&mut self.lowering, table, predicate, form, tie)
    }

    /// Notes who calls which lookup functions.
    pub(super) fn calls(&mut self, expressions: &[&Expression], roles: &[String]) {
        let mut found = BTreeSet::new();
        expressions.iter().for_each(|expression| calls(expression, &mut found));
        self.note_calls(&found, roles);
    }

    /// The same of functions of any kind.
    fn note_calls(&mut self, functions: &BTreeSet<String>, roles: &[String]) {
        let schema = format!("{}.", quote::identifier(&self.model.lookup_schema));
        for function in functions.iter().filter(|function| function.starts_with(&schema)) {
            self.callers.entry(function.clone()).or_default().extend(roles.iter().cloned());
        }
    }

    /// Everything is taken from PUBLIC and the application's roles, then what the rules need is granted.
    fn privileges(&mut self, table: &Table, access: &TableAccess) {
        let sql = quote::qualified(&table.name);
        let mut everyone = vec!["PUBLIC".to_owned()];
        everyone.extend(self.model.application_roles().iter().map(|role| quote::identifier(role).into_owned()));
        let revoke = format!("REVOKE ALL ON TABLE {sql} FROM {}", everyone.join(", "));
        let mut create = vec![revoke.clone()];
        for (role, permissions) in &access.permissions {
            let privileges: Vec<String> = permissions
                .iter()
                .map(|(&operation, permission)| (operation, permission.granted_columns(operation, table)))
                .filter(|(_, columns)| columns.as_ref().is_none_or(|columns| !columns.is_empty()))
                .map(|(operation, columns)| match &columns {
                    Some(columns) => format!("{} ({})", command(operation), column_list(table, columns)),
                    None => command(operation).to_owned(),
                })
                .collect();
            if privileges.is_empty() {
                continue;
            }
            create.push(format!("GRANT {} ON TABLE {sql} TO {}", privileges.join(", "), quote::identifier(role)));
        }
        self.push(Kind::Privileges, sql.clone(), Some(&sql), create, vec![revoke]);
    }

    /// Who creates rows draws from the sequences of their columns, and nobody sets them. A sequence that several tables draw from is one object: a second
    /// one would take away what the first has given.
    fn sequences(&mut self, matrix: &AccessMatrix) {
        let mut drawing: BTreeMap<&QualifiedName, BTreeSet<&str>> = BTreeMap::new();
        for (&table, access) in &matrix.tables {
            let creating = access.permissions.iter().filter(|(_, permissions)| permissions.contains_key(&Operation::Create));
            let creating: Vec<&str> = creating.map(|(role, _)| role.as_str()).collect();
            for sequence in self.model.catalog.table(table).columns.iter().filter_map(|column| column.sequence.as_ref()) {
                drawing.entry(sequence).or_default().extend(&creating);
            }
        }
        for (sequence, roles) in drawing {
            let sequence = quote::qualified(sequence);
            let revoke = format!("REVOKE ALL ON SEQUENCE {sequence} FROM PUBLIC, {}", self.everyone());
            let mut create = vec![revoke.clone()];
            if !roles.is_empty() {
                let roles: Vec<_> = roles.into_iter().map(quote::identifier).collect();
                create.push(format!("GRANT USAGE ON SEQUENCE {sequence} TO {}", roles.join(", ")));
            }
            self.push(Kind::Privileges, sequence, None, create, vec![revoke]);
        }
    }

    /// Functions, who may call them, and what the lookup role may read.
    fn lookups(&mut self) {
        let (functions, reads) = std::mem::take(&mut self.lowering.functions).into_parts();
        let model = self.model;
        let (schema, role) = (quote::identifier(&model.lookup_schema), quote::identifier(&model.lookup_role));
        // A trigger without functions still has one to call.
        if functions.is_empty() && !self.has_refusal {
            return;
        }
        // The schema is the deploying role's: whoever got into a function could otherwise replace all of them.
        let create = vec![format!("CREATE SCHEMA {schema}"), format!("GRANT USAGE ON SCHEMA {schema} TO {role}")];
        self.push(Kind::LookupSchema, schema.clone(), None, create, vec![format!("DROP SCHEMA {schema}")]);
        for function in functions {
            let signature = function.signature;
            let drop = vec![format!("DROP FUNCTION {signature}")];
            let mut create = function.create;
            create.push(format!("ALTER FUNCTION {signature} OWNER TO {role}"));
            let callers = self.callers.get(&quote::qualified(&function.name)).cloned().unwrap_or_default();
            self.push(Kind::Function, signature.clone(), None, create, drop);
            self.part(Part::Function {
                signature: signature.replace("VARIADIC tables ", ""),
                owner: Some(model.lookup_role.clone()),
                definer: function.is_definer,
                source: function.source,
                path: function.has_path.then(|| PATH_AS_KEPT.to_owned()),
                callers: callers.iter().cloned().collect(),
            });
            self.remark(vec![function.remark]);
            if !callers.is_empty() {
                let to = callers.iter().map(|role| quote::identifier(role)).collect::<Vec<_>>().join(", ");
                let create = vec![format!("GRANT EXECUTE ON FUNCTION {signature} TO {to}")];
                let drop = vec![format!("REVOKE EXECUTE ON FUNCTION {signature} FROM {to}")];
                self.push(Kind::FunctionGrant, signature, None, create, drop);
            }
        }
        for (id, columns) in reads {
            let table = model.catalog.table(id);
            let sql = quote::qualified(&table.name);
            let mut columns: Vec<u32> = columns.into_iter().collect();
            if columns.is_empty() {
                columns.extend(table.primary_key.first().copied().or((!table.columns.is_empty()).then_some(0)));
            }
            let columns = column_list(table, &columns);
            let create = vec![format!("GRANT SELECT ({columns}) ON TABLE {sql} TO {role}")];
            let drop = vec![format!("REVOKE SELECT ({columns}) ON TABLE {sql} FROM {role}")];
            self.push(Kind::LookupGrant, sql.clone(), Some(&sql), create, drop);
            let policy = quote::identifier("rowgate_lookup");
            let create = vec![
                format!("CREATE POLICY {policy} ON {sql}\n  AS PERMISSIVE FOR SELECT TO {role}\n  USING (true)"),
                format!("COMMENT ON POLICY {policy} ON {sql} IS 'what lookup functions read'"),
            ];
            self.push(Kind::LookupPolicy, sql.clone(), Some(&sql), create, vec![format!("DROP POLICY {policy} ON {sql}")]);
            self.part(Part::policy("rowgate_lookup", "SELECT", &model.lookup_role));
            self.usage_of(&table.name.schema, &model.lookup_role);
        }
    }

    /// The schemas of what the application's roles may touch.
    fn usage(&mut self, matrix: &AccessMatrix) {
        for (&table, access) in &matrix.tables {
            for role in access.permissions.keys() {
                let schema = &self.model.catalog.table(table).name.schema;
                self.usage_of(schema, role);
            }
        }
    }

    /// A role's right to use a schema, once.
    pub(super) fn usage_of(&mut self, bare: &str, role: &str) {
        let (schema, sql_role) = (quote::identifier(bare), quote::identifier(role));
        let name = format!("{schema} {sql_role}");
        if !self.usages.insert(name.clone()) {
            return;
        }
        let create = vec![format!("GRANT USAGE ON SCHEMA {schema} TO {sql_role}")];
        let drop = vec![format!("REVOKE USAGE ON SCHEMA {schema} FROM {sql_role}")];
        self.push(Kind::SchemaUsage, name, None, create, drop);
        self.part(Part::Usage { schema: bare.to_owned(), role: role.to_owned() });
    }

    fn roles(&mut self) {
        let model = self.model;
        let mut roles: Vec<&str> = model.application_roles();
        for role in [Some(&model.lookup_role), model.masking.as_ref().map(|masking| &masking.role)].into_iter().flatten() {
            let is_owner = |object: &Object| object.owner.as_ref().is_some_and(|owner| owner.role == *role);
            roles.extend(self.objects.iter().any(is_owner).then_some(role.as_str()));
        }
        for role in roles {
            let body = format!(
                "BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN\n    CREATE ROLE {} NOLOGIN;\n  END IF;\nEND",
                quote::literal(role),
                quote::identifier(role)
            );
            self.push(Kind::Role, role, None, vec![format!("DO {}", quote::dollar(&body))], Vec::new());
        }
    }
}

fn command(operation: Operation) -> &'static str {
    match operation {
        Operation::Read => "SELECT",
        Operation::Create => "INSERT",
        Operation::Update => "UPDATE",
        Operation::Delete => "DELETE",
    }
}

pub(super) fn column_list(table: &Table, columns: &[u32]) -> String {
    let names = columns.iter().map(|&index| quote::identifier(&table.columns[index as usize].name));
    names.collect::<Vec<_>>().join(", ")
}
