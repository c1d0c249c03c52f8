//! The section `actions` of the configuration. In: names and texts. Out: [`Action`]s, their names bound, their values fitting the columns that they are for. That
//! an action uses its record up is not known here: it follows from what conditions mean.

use std::collections::BTreeMap;

use super::operands::{Operand, Placed};
use super::roles::BUILT_IN;
use super::{Binder, key};
use crate::ast::Operator;
use crate::catalog::{ColumnRef, TableId, Type, check_identifier};
use crate::config::{self, Scalar};
use crate::diagnostic::{Code, Diagnostic, Help, Span, Spanned};
use crate::model::{
    Action, Assignment, Atom, Audit, Comparison, Condition, Creation, Guards, Masking, Path, Provider, RoleUse, Scope, Subject,
    Value,
};

/// How the names of guard functions begin. Two functions of one name and the same arguments cannot be.
const GUARDS: [&str; 7] = ["can_", "creatable_", "has_", "is_", "permissions_", "require_", "user_can_"];

impl Binder<'_> {
    pub(super) fn bind_actions(
        &mut self,
        masking: Option<&Masking>,
        guards: Option<&Guards>,
        audit: Option<&Audit>,
    ) -> Vec<Action> {
        if self.config.actions.0.is_empty() {
            return Vec::new();
        }
        match guards {
            Some(guards) => self.check_acting_role(guards, masking),
            None => {
                let found = Diagnostic::new(
                    Code::Action,
                    self.config_place(&["actions"]),
                    "actions are functions, and there is no schema for them",
                );
                self.report(
                    found.with_help("name one beside `actions`, which is made where it is missing: `guards: { schema: guard }`"),
                );
            }
        }
        let config = self.config;
        config.actions.0.iter().filter_map(|(name, entry)| self.bind_action(name, entry, audit)).collect()
    }

    /// Whoever is a member of it may write what actions write: so it is a role of its own.
    fn check_acting_role(&mut self, guards: &Guards, masking: Option<&Masking>) {
        let place = ["guards", "acting_role"];
        self.check_role_name(&guards.acting_role, &place);
        if self.roles_in_use(masking).any(|name| *name == guards.acting_role) {
            let title = format!("`{}` has other uses, and whoever has it could write what actions write", guards.acting_role);
            let found = Diagnostic::new(Code::Identifier, self.config_place(&place), title);
            self.report(found.with_help("name a role of its own, which is made where it is missing"));
        }
    }

    fn bind_action(&mut self, name: &str, entry: &config::Action, audit: Option<&Audit>) -> Option<Action> {
        let place = |at| ["actions", name, at];
        self.check_action_name(name);
        let roles: Vec<Option<RoleUse>> = entry.r#for.0.iter().map(|role| self.calling_role(role, &place("for"))).collect();
        let table = self.config_table(&entry.on, &place("on"))?;
        let by = self.found_by(table, &entry.by.0, &place("by"));
        self.words.clear();
        let condition = self.action_condition(table, &entry.r#where, &place("where"));
        let written = self.written();
        let set = self.assignments(table, table, &entry.set.0, &place("set"));
        let create: Vec<Option<Creation>> =
            entry.create.0.iter().map(|(target, fields)| self.creation(table, name, target, &fields.0)).collect();
        if entry.set.0.is_empty() {
            let help = "say what becomes of the record, so that it is not found again: `set: { status: '\"accepted\"' }`";
            self.action_error(&place("set"), "the record stays as it is, and could be used again and again", help);
        }
        let create: Vec<Creation> = create.into_iter().collect::<Option<_>>()?;
        let roles = roles.into_iter().collect::<Option<_>>()?;
        let changed = std::iter::once(table).chain(create.iter().map(|creation| creation.table));
        self.check_recorded(name, changed, audit)?;
        let span = self.config_place(&["actions", name]);
        Some(Action { name: name.to_owned(), span, roles, table, by: by?, condition: condition?, written, set: set?, create })
    }

    fn check_action_name(&mut self, name: &str) {
        let place = ["actions", name];
        if let Err(reason) = check_identifier(name) {
            self.report(Diagnostic::new(Code::Identifier, self.config_place(&place), reason));
        } else if GUARDS.iter().any(|start| name.starts_with(start)) || key(name).split(' ').any(|word| word == "roles") {
            let title = format!("a guard function may be called `{name}`");
            self.action_error(&place, &title, "name what it does: `accept_invitation`");
        }
    }

    /// A role whose holders may call it: one that is held within nothing.
    fn calling_role(&mut self, name: &str, place: &[&str]) -> Option<RoleUse> {
        let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == key(name)).map(|&(_, subject)| subject);
        let subject = built_in.or_else(|| self.role_names.get(&key(name)).map(|&id| Subject::Role(id)));
        let Some(subject) = subject else {
            let span = self.config_place(place);
            let known = self.config.roles.0.keys().map(String::as_str).chain(["Anyone", "Authenticated"]);
            let near = crate::diagnostic::did_you_mean(name, known);
            let help = near.map_or("define it under `roles`".to_owned(), |near| format!("did you mean `{near}`?"));
            self.report(Diagnostic::new(Code::UnknownRole, span, format!("there is no role `{name}`")).with_help(help));
            return None;
        };
        if matches!(subject, Subject::Role(id) if self.roles[id.0 as usize].held.is_scoped()) {
            let title = format!("`{name}` is held within something, and an action is called before its record is known");
            self.action_error(place, &title, "leave `for` out, and ask in `where` what the user is in the record's scope");
            return None;
        }
        Some(RoleUse { subject, scope: Scope::Unscoped })
    }

    /// The columns that one record is found by.
    fn found_by(&mut self, table: TableId, names: &[String], place: &[&str]) -> Option<Vec<u32>> {
        let columns: Vec<Option<ColumnRef>> = names.iter().map(|name| self.config_column(table, name, place)).collect();
        let columns: Vec<u32> = columns.into_iter().map(|column| column.map(|column| column.column)).collect::<Option<_>>()?;
        let entry = self.catalog.table(table);
        let has = |key: &Vec<u32>| !key.is_empty() && key.iter().all(|column| columns.contains(column));
        let is_repeated = (1..columns.len()).any(|index| columns[..index].contains(&columns[index]));
        if is_repeated || !std::iter::once(&entry.primary_key).chain(&entry.unique).any(has) {
            let title = format!("two records of `{}` may have the same {}", entry.name, names.join(" and "));
            let help = "name the columns of a key, each once: of the primary key, or of one under `unique:` in the schema file";
            let title = if is_repeated { "a column is named twice".to_owned() } else { title };
            self.action_error(place, &title, help);
            return None;
        }
        Some(columns)
    }

    /// What the record has to match: nothing that only the caller could be asked, and nothing that depends on rules.
    fn action_condition(&mut self, table: TableId, text: &str, place: &[&str]) -> Option<Condition> {
        let condition = self.condition_at(table, text, place)?;
        let mut refused = None;
        condition.for_each_atom(&mut |atom| match atom {
            Atom::Sql { .. } => {
                refused = Some(("SQL would be asked as the acting role, and not as who calls", "say it in the language"))
            }
            Atom::Can(_) => {
                refused = Some(("an action is held to no rule, so that it cannot ask what they allow", "write out the condition"))
            }
            _ => {}
        });
        if let Some((title, help)) = refused {
            self.action_error(place, title, help);
            return None;
        }
        Some(condition)
    }

    fn creation(&mut self, record: TableId, name: &str, target: &str, fields: &BTreeMap<String, Scalar>) -> Option<Creation> {
        let place = ["actions", name, "create", target];
        let table = self.config_table(target, &place)?;
        let fields = self.assignments(record, table, fields, &place)?;
        let entry = self.catalog.table(table);
        let missing = (0u32..).zip(&entry.columns).find(|(index, column)| {
            let is_filled = column.default.is_some() || column.sequence.is_some() || column.identity || column.generated;
            !column.nullable && !is_filled && !column.set_by_trigger && fields.iter().all(|field| field.column != *index)
        });
        if let Some((_, column)) = missing {
            let title = format!("`{}` of the new record of `{}` would be empty, and cannot be", column.name, entry.name);
            let help = format!(
                "give it a value here, or in the schema file a `default:`, `identity: true` or `sequence:`: `{}: …`",
                column.name
            );
            self.action_error(&place, &title, &help);
            return None;
        }
        Some(Creation { table, fields })
    }

    /// Fields of `target` and their values; paths begin at the record.
    fn assignments(
        &mut self,
        record: TableId,
        target: TableId,
        fields: &BTreeMap<String, Scalar>,
        place: &[&str],
    ) -> Option<Vec<Assignment>> {
        let bound: Vec<Option<Assignment>> = fields
            .iter()
            .map(|(name, value)| {
                let place: Vec<&str> = place.iter().copied().chain([name.as_str()]).collect();
                let column = self.config_column(target, name, &place)?;
                self.assignment(record, column, &value.text(), &place)
            })
            .collect();
        bound.into_iter().collect()
    }

    fn assignment(&mut self, record: TableId, column: ColumnRef, text: &str, place: &[&str]) -> Option<Assignment> {
        let (span, entry) = (self.config_place(place), self.catalog.column(column));
        if entry.generated || entry.identity {
            let title = format!("the database computes `{}` itself", entry.name);
            self.action_error(place, &title, "take it out");
            return None;
        }
        let before = self.diagnostics.len();
        let value = self.text_at(text, place, |binder, offset| {
            let file = binder.config_file;
            let operand = crate::syntax::parse_operand(text, file, offset, &mut binder.diagnostics)?;
            let operand = binder.operand(record, &operand)?;
            binder.value_for(column, span, operand)
        });
        for found in &mut self.diagnostics[before..] {
            // What is a text in a rule is a number or a name here, unless both have their quotes.
            if matches!(found.code, Code::UnknownColumn | Code::LiteralMismatch) {
                found.helps = vec![Help {
                    text: format!("write a text with its quotes, within those of YAML: `'\"{text}\"'`"),
                    edit: None,
                }];
            }
        }
        let value = value?;
        Some(Assignment { column: column.column, value, span })
    }

    /// A value for a column. What may be compared with it may be stored in it: types and keys have to fit.
    fn value_for(&mut self, column: ColumnRef, place: Span, operand: Placed) -> Option<Value> {
        let span = operand.span;
        let many = match &operand.value {
            Operand::Many { .. } | Operand::Level { .. } => Some("many values"),
            Operand::Session { r#type: Type::Array(_), .. } => Some("a list of the session"),
            Operand::Number(_) => Some("how many rows there are"),
            Operand::Single { .. } | Operand::Session { .. } | Operand::Constant(_) => None,
        };
        if let Some(what) = many {
            return self.refuse_stored(span, format!("this is {what}, and a field has one"));
        }
        let own = Path { table: column.table, hops: Vec::new(), column };
        let field: Placed = Spanned::new(Operand::Single { value: Value::Record(own.clone()), column }, place);
        let found = self.compare(field, &Spanned::new(Operator::Equal, span), operand)?;
        let Condition::Atom(atom) = found else {
            return self.refuse_stored(span, "this is a whole day, and the field has a moment".to_owned());
        };
        match Atom::clone(&atom) {
            Atom::Compare { left: Value::Record(left), operator: Comparison::Equal, right } if left == own => Some(right),
            _ => self.refuse_stored(span, "this is no single value of the field's type".to_owned()),
        }
    }

    fn refuse_stored(&mut self, span: Span, title: String) -> Option<Value> {
        let help = "give it a value of the record that is found, `Logged in User`, a value of the user's row, what the session says, `now` or a constant";
        self.report(Diagnostic::new(Code::Action, span, title).with_help(help));
        None
    }

    /// The record of changes is written as the acting role, and a function that says who is signed in may not say so to everybody.
    fn check_recorded(&mut self, name: &str, mut written: impl Iterator<Item = TableId>, audit: Option<&Audit>) -> Option<()> {
        let asks_function = matches!(self.identity.as_ref()?.provider, Provider::Function(_) | Provider::Neon);
        let recorded = audit.filter(|_| asks_function).and_then(|audit| written.find(|table| audit.tables.contains_key(table)));
        let Some(table) = recorded else { return Some(()) };
        let title = format!(
            "changes of `{}` are recorded, and a function says who is signed in, which an action cannot ask as who calls",
            self.catalog.table(table).name
        );
        self.action_error(
            &["actions", name],
            &title,
            "let a setting or a claim say who is signed in, or leave the table out of `audit`",
        );
        None
    }

    fn action_error(&mut self, place: &[&str], title: &str, help: &str) {
        let found = Diagnostic::new(Code::Action, self.config_place(place), title);
        self.report(found.with_help(help));
    }
}
