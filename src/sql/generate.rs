//! A project's desired state: policies, grants, lookup functions, in the order in which they are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::clauses::{Clauses, Form, Written};
use super::expression::Expression;
use super::functions::calls;
use super::lower::Lowering;
use super::state::{Kind, Object, State};
use super::{checks, quote};
use crate::access::{AccessMatrix, Permission, Predicate, Source, TableAccess};
use crate::catalog::{Table, TableId};
use crate::diagnostic::{LineIndex, Sources, Span};
use crate::model::{ClaimsSource, Describe, Model, Operation, Provider};
use crate::parallel;

/// Generates the state of a project without errors. `sources` are for the remarks that point back to the rules.
pub fn generate(model: &Model, matrix: &AccessMatrix, sources: &Sources) -> State {
    let is_large = matrix.tables.len() >= parallel::MIN_TABLES;
    let (objects, check) = parallel::both(is_large, || objects(model, matrix, sources), || checks::statement(model, matrix));
    State { version: 1, objects, check }
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
    /// `AS … FOR … TO …`
    header: String,
    /// USING and WITH CHECK.
    clauses: Vec<String>,
    comment: String,
    /// Whether it calls lookup functions.
    has_lookups: bool,
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
        let is_lookup =
            matches!(kind, Kind::LookupSchema | Kind::Function | Kind::TriggerFunction | Kind::FunctionGrant | Kind::Guard);
        let lookup_role = is_lookup.then(|| self.model.lookup_role.clone());
        self.objects.push(Object { kind, name: name.into(), table, lookup_role, create, drop, remarks: Vec::new() });
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
                self.policy(id, role, operation, permission, read);
                self.step_trigger(id, role, operation, permission);
            }
        }
        for boundary in &access.boundaries {
            self.boundary(id, boundary);
        }
        self.masking_view(id, access);
        self.privileges(table, access);
        self.sequences(table, access);
    }

    fn policy(&mut self, id: TableId, role: &str, operation: Operation, permission: &Permission, read: Option<&Permission>) {
        let model = self.model;
        let table = model.catalog.table(id);
        let (mut clauses, mut has_lookups) = (Vec::new(), false);
        let roles = [role.to_owned()];
        if operation != Operation::Create {
            let using = self.write(id, &permission.using, Form::Finds);
            clauses.push(using.clause("USING"));
            has_lookups |= self.note_calls(&using.calls, &roles);
        }
        if matches!(operation, Operation::Create | Operation::Update) {
            let form = match read {
                _ if operation == Operation::Create => Form::AdmitsOne,
                // PostgreSQL asks of an updated row what it asks before showing it, too, and asks the same thing once.
                Some(read) if read.using == permission.check => Form::Finds,
                _ => Form::Admits,
            };
            let check = self.write(id, &permission.check, form);
            clauses.push(check.clause("WITH CHECK"));
            has_lookups |= self.note_calls(&check.calls, &roles);
        }
        let name = quote::generated_name(&format!("rowgate_{}_{role}", operation.word()));
        let about = format!("{}: {} by {role}", table.name, operation.word());
        let mut remarks = vec![about];
        remarks.extend(permission.sources.iter().flat_map(|source| self.source_remarks(source)));
        let rules =
            permission.sources.iter().map(|source| format!("{}: \"{}\"", Describe { model }.role_use(&source.role), source.rule));
        let comment = rules.collect::<Vec<_>>().join("; ");
        let header = format!("AS PERMISSIVE FOR {} TO {}", command(operation), quote::identifier(role));
        self.add_policy(table, &Policy { name, header, clauses, comment, has_lookups }, remarks);
    }

    fn boundary(&mut self, id: TableId, boundary: &crate::access::BoundaryAccess) {
        let table = self.model.catalog.table(id);
        for (index, (predicate, roles)) in boundary.predicates.iter().enumerate() {
            let using = self.write(id, predicate, Form::Finds);
            let check = self.write(id, predicate, Form::Admits);
            let has_lookups = self.note_calls(&using.calls, roles) | self.note_calls(&check.calls, roles);
            let mut stem: String =
                boundary.name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
            stem.push('_');
            stem.push_str(&quote::hash(&format!("{} {index}", boundary.name)));
            let name = quote::generated_name(&format!("rowgate_boundary_{stem}"));
            let to: Vec<_> = roles.iter().map(|role| quote::identifier(role)).collect();
            let header = format!("AS RESTRICTIVE FOR ALL TO {}", to.join(", "));
            let clauses = vec![using.clause("USING"), check.clause("WITH CHECK")];
            let place = self.place(boundary.span);
            let remarks = vec![format!("{}: boundary", table.name), format!("  boundary \"{}\" ({place})", boundary.name)];
            let comment = format!("boundary \"{}\"", boundary.name);
            self.add_policy(table, &Policy { name, header, clauses, comment, has_lookups }, remarks);
        }
    }

    fn add_policy(&mut self, table: &Table, new: &Policy, remarks: Vec<String>) {
        let (sql, policy) = (quote::qualified(&table.name), quote::identifier(&new.name));
        let (header, clauses) = (&new.header, new.clauses.join("\n  "));
        let create = vec![
            format!("CREATE POLICY {policy} ON {sql}\n  {header}\n  {clauses}"),
            format!("COMMENT ON POLICY {policy} ON {sql} IS {}", quote::literal(&new.comment)),
        ];
        let drop = vec![format!("DROP POLICY {policy} ON {sql}")];
        self.push(Kind::Policy, format!("{sql} {policy}"), Some(&sql), create, drop);
        self.remark(remarks);
        if new.has_lookups {
            self.needs_lookup_role();
        }
    }

    /// The last object calls what belongs to the lookup role.
    pub(super) fn needs_lookup_role(&mut self) {
        self.belongs_to(&self.model.lookup_role);
    }

    /// The last object belongs to a role, or calls what does.
    pub(super) fn belongs_to(&mut self, role: &str) {
        if let Some(object) = self.objects.last_mut() {
            object.lookup_role = Some(role.to_owned());
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

    fn write(&mut self, table: TableId, predicate: &Predicate, form: Form) -> Arc<Written> {
        self.clauses.write(&mut self.lowering, table, predicate, form)
    }

    /// Notes who calls which lookup functions.
    pub(super) fn calls(&mut self, expressions: &[&Expression], roles: &[String]) {
        let mut found = BTreeSet::new();
        expressions.iter().for_each(|expression| calls(expression, &mut found));
        self.note_calls(&found, roles);
    }

    /// The same of functions of any kind; whether there are lookup functions among them.
    fn note_calls(&mut self, functions: &BTreeSet<String>, roles: &[String]) -> bool {
        let schema = format!("{}.", quote::identifier(&self.model.lookup_schema));
        let mut has_lookups = false;
        for function in functions.iter().filter(|function| function.starts_with(&schema)) {
            has_lookups = true;
            self.callers.entry(function.clone()).or_default().extend(roles.iter().cloned());
        }
        has_lookups
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
                .filter(|(_, permission)| permission.columns.as_ref().is_none_or(|columns| !columns.is_empty()))
                .map(|(&operation, permission)| match &permission.columns {
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

    /// Who creates rows draws from the sequences of the columns that the grants name.
    fn sequences(&mut self, table: &Table, access: &TableAccess) {
        for column in &table.columns {
            let Some(sequence) = &column.sequence else { continue };
            for (role, permissions) in &access.permissions {
                if permissions.contains_key(&Operation::Create) {
                    let (sequence, role) = (quote::qualified(sequence), quote::identifier(role));
                    let create = vec![format!("GRANT USAGE ON SEQUENCE {sequence} TO {role}")];
                    let drop = vec![format!("REVOKE USAGE ON SEQUENCE {sequence} FROM {role}")];
                    self.push(Kind::SequenceUsage, format!("{sequence} {role}"), None, create, drop);
                }
            }
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
        let create = vec![format!("CREATE SCHEMA {schema} AUTHORIZATION {role}")];
        self.push(Kind::LookupSchema, schema.clone(), None, create, vec![format!("DROP SCHEMA {schema}")]);
        for function in functions {
            let signature = function.signature;
            let drop = vec![format!("DROP FUNCTION {signature}")];
            self.push(Kind::Function, signature.clone(), None, function.create, drop);
            self.remark(vec![function.remark]);
            let callers = self.callers.get(&quote::qualified(&function.name)).cloned().unwrap_or_default();
            if !callers.is_empty() {
                let to = callers.iter().map(|role| quote::identifier(role)).collect::<Vec<_>>().join(", ");
                let create = vec![format!("GRANT EXECUTE ON FUNCTION {signature} TO {to}")];
                let drop = vec![format!("REVOKE EXECUTE ON FUNCTION {signature} FROM {to}")];
                self.push(Kind::FunctionGrant, signature, None, create, drop);
            }
        }
        if let Some(masking) = model.masking.as_ref().filter(|_| self.has_masking) {
            // Whoever makes a view has to find the functions that it calls.
            let role = quote::identifier(&masking.role);
            let create = vec![format!("GRANT USAGE ON SCHEMA {schema} TO {role}")];
            let drop = vec![format!("REVOKE USAGE ON SCHEMA {schema} FROM {role}")];
            self.push(Kind::FunctionGrant, format!("{schema} {role}"), None, create, drop);
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
            self.usage_of(&table.name.schema, &role);
        }
        let of_provider = match &model.identity.provider {
            Provider::Supabase | Provider::Neon => Some("auth"),
            Provider::Function(name) => Some(name.schema.as_str()),
            _ => None,
        };
        let of_claims = match &model.identity.claims {
            Some(ClaimsSource::Function(name)) => Some(name.schema.as_str()),
            _ => None,
        };
        for schema in of_provider.into_iter().chain(of_claims) {
            self.usage_of(schema, &role);
        }
    }

    /// The schemas of what the application's roles may touch.
    fn usage(&mut self, matrix: &AccessMatrix) {
        for (&table, access) in &matrix.tables {
            for role in access.permissions.keys() {
                let schema = &self.model.catalog.table(table).name.schema;
                self.usage_of(schema, &quote::identifier(role));
            }
        }
    }

    pub(super) fn usage_of(&mut self, schema: &str, role: &str) {
        let schema = quote::identifier(schema);
        let name = format!("{schema} {role}");
        if !self.usages.insert(name.clone()) {
            return;
        }
        let create = vec![format!("GRANT USAGE ON SCHEMA {schema} TO {role}")];
        let drop = vec![format!("REVOKE USAGE ON SCHEMA {schema} FROM {role}")];
        self.push(Kind::SchemaUsage, name, None, create, drop);
    }

    fn roles(&mut self) {
        let model = self.model;
        let mut roles: Vec<&str> = model.application_roles();
        for role in [Some(&model.lookup_role), model.masking.as_ref().map(|masking| &masking.role)].into_iter().flatten() {
            let has_schema = |object: &Object| object.kind == Kind::LookupSchema && object.lookup_role.as_ref() == Some(role);
            roles.extend(self.objects.iter().any(has_schema).then_some(role.as_str()));
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

fn column_list(table: &Table, columns: &[u32]) -> String {
    let names = columns.iter().map(|&index| quote::identifier(&table.columns[index as usize].name));
    names.collect::<Vec<_>>().join(", ")
}
