//! Guard functions: for an application that wants to know before it acts, or an error where policies would only find no row. In: what a database is
//! told of the grants. Out: functions. Each answers by the predicates of the policies, so it says nothing that the session could not find out by
//! trying; what cannot be read looks like what is not there, and what nobody knows (a role, an operation, a field) is an error, never a "no".
//!
//! The question is answered by functions of the lookup role, which ask the session nothing. What the application calls is a function that runs as
//! the caller and hands them who asks.
//!
//! - `actions.rs`: what the application can do by a call, whatever the rules grant.
//! - `roles.rs`: which roles and permissions somebody holds, as a whole or within something.
//! - `records.rs`: what may be done with one record that is there.
//! - `fields.rs`: what may be done with many, and with which fields.
//! - `create.rs`: what may be created.
//! - `recorded.rs`: the same as an answer that is recorded, where the project records who is refused.
//! - `others.rs`: what another user holds and may do, for who may ask.

mod actions;
mod create;
mod fields;
mod others;
mod recorded;
mod records;
mod roles;

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, Select};
use super::functions::Definition;
use super::generate::Generator;
use super::quote;
use super::row_context::RowContext;
use super::session_value::SessionValue;
use crate::access::Predicate;
use crate::catalog::{ColumnRef, QualifiedName, Table, TableId, words};
use crate::encode::{Encoding, TableEncoding};
use crate::model::{Describe, Operation};
use crate::objects::{Body, Callers, Function, Purpose, Right, Rights, Schema, Target};

/// The attributes of a function that reads and changes nothing.
const READS: &str = "STABLE PARALLEL SAFE";

/// A table that guards are made for.
struct Guarded<'a> {
    /// The schema of the guards.
    schema: &'a str,
    id: TableId,
    table: &'a Table,
    encoding: &'a TableEncoding,
    /// Its key.
    key: Vec<ColumnRef>,
    /// Its name as a part of the guards' names.
    name: String,
}

impl Guarded<'_> {
    fn guard(&self, words: &str) -> QualifiedName {
        named(self.schema, &format!("{words}_{}", self.name))
    }
}

impl Generator<'_> {
    /// All guard functions of a project that has switched them on.
    pub(super) fn guards(&mut self, encoding: &Encoding) {
        let model = self.model;
        let Some(schema) = model.guards.as_ref().map(|guards| guards.schema.as_str()) else { return };
        self.role_guards(schema);
        for (&id, of_table) in &encoding.tables {
            let table = model.catalog.table(id);
            if table.primary_key.is_empty() || of_table.permissions.is_empty() {
                continue;
            }
            let key = table.primary_key.iter().map(|&column| ColumnRef { table: id, column }).collect();
            let guarded = Guarded { schema, id, table, encoding: of_table, key, name: snake(&table.name.to_string()) };
            self.record_guards(&guarded);
            self.field_guards(&guarded);
            self.create_guards(&guarded);
        }
        self.add(Schema { name: schema.to_owned(), used_by: None }, Vec::new());
        let rights = self.everyone().iter().map(|role| Right::to_use(role)).collect();
        self.add(Rights::new(Target::Schema(schema.to_owned()), Purpose::Guards, rights), Vec::new());
    }

    /// What has to hold in the caller's session, whichever of the application's database roles it acts as.
    fn in_session(&mut self, of_role: impl Fn(&str) -> Predicate, row: &RowContext) -> Expression {
        let mut arms = Vec::new();
        for role in self.model.application_roles() {
            let predicate = of_role(role);
            if predicate == Predicate::Never {
                continue;
            }
            let acts = Expression::Session(SessionValue::ActsAs(role.to_owned()));
            arms.push(match predicate {
                Predicate::Always => acts,
                predicate => Expression::all([acts, self.lowering.predicate(&predicate, row)]),
            });
        }
        Expression::Or(arms)
    }

    /// The call of a look-up that answers a question with its own arguments. The function that the application calls runs as the caller, so the
    /// session is asked there.
    fn look_up(&mut self, name: &QualifiedName, arguments: &[String], returns: &str, body: Select) -> Expression {
        let remark = format!("What {}.{} answers", name.schema, name.name);
        self.lowering.function(&name.name, parameters(arguments), returns, body, remark)
    }

    /// A function that the application calls, which asks a look-up. Where it is asked about one of a few words, every other is an error. An answer
    /// that is unknown is no. Gives the call of the look-up.
    fn question(&mut self, name: &QualifiedName, arguments: &[String], body: Select, words: Option<&Words<'_>>) -> Expression {
        let asked = self.look_up(name, arguments, "boolean", body);
        let call = self.lowering.for_policy(asked.clone());
        let mut called = self.called(&[&call]);
        let mut answer = format!("coalesce({}, false)", call.text());
        if let Some(words) = words {
            let refusal = self.unknown_word(words, 1);
            called.append(&mut self.called(&[&refusal]));
            answer = format!("CASE WHEN $1 IN ({}) THEN {answer} ELSE {} END", literals(words.known), refusal.text());
        }
        self.guard(name, arguments, ("boolean", READS), Body::Sql(format!("SELECT {answer}")), called);
        asked
    }

    /// The call that refuses a word, which stands at this position among the arguments.
    fn unknown_word(&mut self, words: &Words<'_>, position: usize) -> Expression {
        const SHOWN: usize = 20;
        let known: Vec<&str> = words.known.iter().map(String::as_str).take(SHOWN).collect();
        let more = if words.known.len() > SHOWN { ", …" } else { "" };
        let hint = format!("There are {}{more}. {}", known.join(", "), words.hint);
        self.refused("22023", words.unknown, hint.trim_end(), Expression::Parameter(position))
    }

    /// The call that raises an error: a message in which `%s` stands for a word.
    fn refused(&mut self, code: &str, message: &str, hint: &str, word: Expression) -> Expression {
        let function = self.lowering.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose: "refuse question",
            arguments: vec!["text".to_owned(); 4],
            returns: "boolean",
            attributes: "VOLATILE PARALLEL SAFE",
            is_definer: false,
            settings: &[],
            body: Body::Plpgsql(REFUSE.to_owned()),
            calls: BTreeSet::new(),
            remark: "Raises an error: a guard was asked something that it does not answer".to_owned(),
        });
        let texts = [code, message, hint].map(|text| Expression::Text(text.to_owned()));
        Expression::Call { function, arguments: texts.into_iter().chain([word]).collect() }
    }

    /// A function that raises an error, or answers with what was granted.
    fn requirement(&mut self, name: &QualifiedName, arguments: &[String], body: String, calls: &[&QualifiedName]) {
        let calls = calls.iter().map(|name| quote::qualified(name)).collect();
        self.guard(name, arguments, ("jsonb", "STABLE"), Body::Plpgsql(body), calls);
    }

    /// The functions that expressions call. The right to call all of them is asked for before any is called; their schema is closed to the application.
    fn called(&mut self, expressions: &[&Expression]) -> BTreeSet<String> {
        let roles = self.everyone();
        self.calls(expressions, &roles)
    }

    fn guard(
        &mut self,
        name: &QualifiedName,
        arguments: &[String],
        (returns, attributes): (&str, &str),
        body: Body,
        calls: BTreeSet<String>,
    ) {
        let function = Function {
            name: name.clone(),
            names: Function::names_beside_columns(&body, arguments, returns),
            arguments: arguments.to_vec(),
            returns: returns.to_owned(),
            attributes: attributes.to_owned(),
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

    /// The rules that grant an operation, in words for whoever is refused, each with the fields that its grants name: a step has to be granted by one
    /// of them. What only narrows is none.
    fn rules_that_grant(&self, guarded: &Guarded<'_>, operation: Operation) -> BTreeMap<String, Vec<Option<Vec<u32>>>> {
        let model = self.model;
        let rules = model.tables.get(&guarded.id).map_or(&[][..], |rules| rules);
        let permissions = guarded.encoding.permissions.values().filter_map(|permissions| permissions.get(&operation));
        let mut granting: BTreeMap<String, Vec<Option<Vec<u32>>>> = BTreeMap::new();
        for source in permissions.flat_map(|permission| &permission.sources) {
            let Some(rule) = rules.iter().find(|rule| rule.span == source.span) else { continue };
            let of_role = || rules.iter().filter(|rule| rule.roles.contains(&source.role));
            let grants = rule.grants.iter().filter(|grant| grant.operation == operation);
            let fields: Vec<_> = grants.map(|grant| model.fields(guarded.id, of_role(), grant)).collect();
            if !fields.is_empty() {
                granting.insert(format!("{}: \"{}\"", Describe { model }.role_use(&source.role), source.rule), fields);
            }
        }
        granting
    }

    /// The same as one text.
    fn rules_for(&self, guarded: &Guarded<'_>, operation: Operation) -> String {
        let rules: Vec<String> = self.rules_that_grant(guarded, operation).into_keys().collect();
        if rules.is_empty() { NO_RULE.to_owned() } else { rules.join("; ") }
    }
}

/// What is said where nothing grants.
const NO_RULE: &str = "no rule";

/// The words that a guard may be asked about, as its first argument.
struct Words<'a> {
    known: &'a [String],
    /// What is said of every other, which `%s` stands for.
    unknown: &'a str,
    /// Where else to ask; may be empty.
    hint: &'a str,
}

const REFUSE: &str = "BEGIN
  RAISE EXCEPTION USING MESSAGE = format($2, $4), HINT = $3, ERRCODE = $1;
END";

/// What was granted, as the application gets it: `{\"roles\": […], \"permissions\": […]}`. Each is a name where a condition is true.
fn granted(roles: Vec<(String, Expression)>, permissions: Vec<(String, Expression)>) -> Expression {
    let mut parts = Vec::new();
    for (word, held) in [("roles", roles), ("permissions", permissions)] {
        parts.push(Expression::Text(word.to_owned()).cast("text"));
        parts.push(Expression::call("to_jsonb", vec![names_where(held)]));
    }
    Expression::call("jsonb_build_object", parts)
}

/// What is put in the place of the permissions of such an answer.
fn may(permissions: Vec<(String, Expression)>) -> Expression {
    let names = Expression::call("to_jsonb", vec![names_where(permissions)]);
    Expression::call("jsonb_build_object", vec![Expression::Text("permissions".to_owned()).cast("text"), names])
}

/// The names whose condition is true, as an array of texts.
fn names_where(named: Vec<(String, Expression)>) -> Expression {
    let case = |(name, condition)| Expression::Case { condition: Box::new(condition), then: Box::new(Expression::Text(name)) };
    let list = Expression::List(named.into_iter().map(case).collect());
    Expression::call("array_remove", vec![list, Expression::Word("NULL")])
}

/// The arguments of a function, handed on as they are.
fn parameters(arguments: &[String]) -> Vec<(String, Expression)> {
    (1..).map(Expression::Parameter).zip(arguments).map(|(parameter, r#type)| (r#type.clone(), parameter)).collect()
}

/// `$2, $3`
fn numbered(from: usize, count: usize) -> String {
    (from..from + count).map(|index| format!("${index}")).collect::<Vec<_>>().join(", ")
}

/// `'a', 'b'`
fn literals(texts: &[String]) -> String {
    texts.iter().map(|text| quote::literal(text)).collect::<Vec<_>>().join(", ")
}

fn named(schema: &str, name: &str) -> QualifiedName {
    QualifiedName::new(schema, quote::generated_name(name))
}

/// `Project Team` as `project_team`.
fn snake(name: &str) -> String {
    let words = words(name);
    let parts = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.collect::<Vec<_>>().join("_")
}
