//! Why a record can or cannot be reached: the specification's formulas again, this time keeping every part of the answer, down to the single
//! statement.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::truth::Among;
use super::{Evaluator, Row, Truth};
use crate::catalog::TableId;
use crate::model::{Condition, Describe, Grant, Operation, Preset, RoleUse, Rule, Scope, Subject};

/// A statement about a record and a session, whether it is true, and the statements that make it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it says.
    #[serde(flatten)]
    pub statement: Statement,
    /// The same in words.
    pub text: String,
    /// Empty where it is unknown, which denies.
    #[serde(serialize_with = "truth_word")]
    pub truth: Truth,
    /// What it consists of; empty for a single statement.
    pub parts: Vec<Reason>,
    /// What a single statement compares; empty where it is about more than values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Compared>,
    /// How it follows from its parts.
    #[serde(skip)]
    pub(super) joined: Joined,
}

/// A value that a statement compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What it is, in words.
    pub what: String,
    /// The value; empty where there is none.
    pub value: Option<String>,
}

/// How a statement follows from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    /// From none.
    Single,
    /// All are true.
    All,
    /// One is true.
    Any,
    /// The one is not true.
    Not,
}

/// What a statement is, with the names that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statement {
    /// The operation reaches the record: all parts are true.
    Record {
        /// What is done.
        operation: &'static str,
        /// With a record of which table.
        table: String,
    },
    /// A boundary holds for the record, or the session is excepted: some part is true.
    Boundary {
        /// Its name.
        boundary: String,
    },
    /// Some role may: some part is true.
    AnyRole {
        /// What is done.
        operation: &'static str,
    },
    /// A role may, by all of its rules: all parts are true.
    Role {
        /// What is done.
        operation: &'static str,
        /// By whom.
        role: HeldRole,
    },
    /// The session holds a role.
    Holds {
        /// Which.
        role: HeldRole,
    },
    /// The record matches the `where` of a rule.
    Filter {
        /// The rule's id.
        id: String,
        /// The rule's name.
        rule: String,
        /// What it asks.
        condition: String,
    },
    /// Some rule of the role grants it: some part is true.
    AnyGrant {
        /// What is done.
        operation: &'static str,
    },
    /// No rule grants it to anybody.
    Nobody {
        /// Why the table is closed, where it is.
        closed: Option<String>,
    },
    /// A rule grants it.
    Grant {
        /// The grant's id.
        id: String,
        /// The rule's name.
        rule: String,
        /// What it grants.
        operation: &'static str,
        /// The fields that it names; empty for all of them.
        fields: Option<Vec<String>>,
        /// Its `when`; empty where it has none.
        condition: Option<String>,
        /// What it asks of the record after an update, where the rule says so; whether that holds is not told here.
        then: Option<String>,
        /// What the database fills in: fields with their values in words.
        set: BTreeMap<String, String>,
    },
    /// An action is possible: all parts are true.
    Action {
        /// Its name.
        action: String,
    },
    /// Some role may call an action: some part is true.
    Callers,
    /// There is the record that an action is called with.
    Found {
        /// Of which table.
        table: String,
    },
    /// What an action writes can be written.
    Writes,
    /// A condition of a rule, boundary or action, or a part of one.
    Condition {
        /// As the language says it.
        condition: String,
    },
}

/// A role and where it has to be held: `of` what a path of the record leads to, or `in_any` of what a membership leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldRole {
    /// Its name.
    pub name: String,
    /// The path.
    pub of: Option<String>,
    /// The membership's name.
    pub in_any: Option<String>,
}

fn truth_word<S: Serializer>(truth: &Truth, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match truth {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    })
}

impl Reason {
    pub(super) fn single(statement: Statement, text: impl Into<String>, truth: Truth) -> Reason {
        let (parts, values) = (Vec::new(), Vec::new());
        Reason { statement, text: text.into(), truth, parts, values, joined: Joined::Single }
    }

    /// True when all parts are, false when one is not.
    pub(super) fn all(statement: Statement, text: impl Into<String>, parts: Vec<Reason>) -> Reason {
        let is = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = if is(Some(false)) { Some(false) } else { (!is(None)).then_some(true) };
        Reason { statement, text: text.into(), truth, parts, values: Vec::new(), joined: Joined::All }
    }

    /// True when one part is, false when none is.
    pub(super) fn any(statement: Statement, text: impl Into<String>, parts: Vec<Reason>) -> Reason {
        let is = |truth| parts.iter().any(|part| part.truth == truth);
        let truth = if is(Some(true)) { Some(true) } else { (!is(None)).then_some(false) };
        Reason { statement, text: text.into(), truth, parts, values: Vec::new(), joined: Joined::Any }
    }
}

impl Evaluator<'_> {
    /// Why a row can or cannot be read, created, updated or deleted. Of an update, whether it may start here; where it may end is another
    /// question.
    pub fn why(&self, table: TableId, operation: Operation, row: &Row) -> Reason {
        let mut parts = self.why_bound(table, operation, row);
        if operation.needs_read() {
            parts.push(self.why_granted(table, Operation::Read, row));
        }
        parts.push(self.why_granted(table, operation, row));
        let (word, table) = (operation.word(), self.model.catalog.table(table).name.to_string());
        let text = format!("{word} this record of {table}");
        Reason::all(Statement::Record { operation: word, table }, text, parts)
    }

    pub(super) fn why_bound(&self, table: TableId, operation: Operation, row: &Row) -> Vec<Reason> {
        let mut found = Vec::new();
        for boundary in self.model.boundaries.iter().filter(|boundary| boundary.limits(operation)) {
            for clause in boundary.tables.get(&table).into_iter().flatten() {
                let mut ways = vec![self.why_condition(&clause.condition, table, Among::All(row))];
                ways.extend(clause.except.iter().map(|role| self.why_held(role, row)));
                let statement = Statement::Boundary { boundary: boundary.name.clone() };
                found.push(Reason::any(statement, format!("boundary \"{}\"", boundary.name), ways));
            }
        }
        found
    }

    /// By the rules of some role.
    pub(super) fn why_granted(&self, table: TableId, operation: Operation, row: &Row) -> Reason {
        let mut roles: Vec<&RoleUse> = self.grants(table, operation).into_iter().map(|(role, _)| role).collect();
        roles.sort_unstable();
        roles.dedup();
        let mut ways: Vec<Reason> = roles.into_iter().map(|role| self.why_role(table, operation, role, row)).collect();
        let word = operation.word();
        if ways.is_empty() {
            let closed = self.model.closed.get(&table).cloned();
            let text = match &closed {
                Some(reason) => format!("a rule allows {word}; the table is closed: {reason}"),
                None => format!("a rule allows {word}"),
            };
            ways.push(Reason::single(Statement::Nobody { closed }, text, Some(false)));
        }
        Reason::any(Statement::AnyRole { operation: word }, format!("some role may {word}"), ways)
    }

    /// By all rules of one role.
    fn why_role(&self, table: TableId, operation: Operation, role: &RoleUse, row: &Row) -> Reason {
        let own = || self.rules(table).iter().filter(|rule| rule.roles.contains(role));
        let mut parts = vec![self.why_held(role, row)];
        for (rule, filter) in own().flat_map(|rule| rule.filters.iter().map(move |filter| (rule, filter))) {
            let reason = self.why_condition(filter, table, Among::of(operation, row));
            let text = format!("\"{}\" where {}", rule.name, reason.text);
            parts.push(Reason {
                statement: Statement::Filter {
                    id: self.model.id_of_rule(table, rule),
                    rule: rule.name.clone(),
                    condition: reason.text,
                },
                text,
                ..reason
            });
        }
        let is_meant = |grant: &&Grant| grant.operation == operation;
        let grants = own()
            .flat_map(|rule| rule.grants.iter().filter(is_meant).map(move |grant| self.why_grant(table, role, rule, grant, row)));
        let mut grants: Vec<Reason> = grants.collect();
        let word = operation.word();
        let only = if grants.len() == 1 { grants.pop() } else { None };
        parts.push(only.unwrap_or_else(|| Reason::any(Statement::AnyGrant { operation: word }, "some rule grants it", grants)));
        let text = format!("{word} by {}", self.describe().role_use(role));
        Reason::all(Statement::Role { operation: word, role: self.held_role(role) }, text, parts)
    }

    /// By one grant of a rule.
    fn why_grant(&self, table: TableId, role: &RoleUse, rule: &Rule, grant: &Grant, row: &Row) -> Reason {
        let id = self.model.id_of_grant(table, rule, grant);
        let (rule, operation) = (rule.name.clone(), grant.operation.word());
        let columns = &self.model.catalog.table(table).columns;
        let names = |fields: &Vec<u32>| fields.iter().map(|&field| columns[field as usize].name.clone()).collect::<Vec<String>>();
        let fields = self.fields(table, role, grant).as_ref().map(names);
        let [when, then] = grant.conditions_beside_presets(table);
        let then = then.filter(|_| grant.operation == Operation::Update).map(|then| self.describe().condition(&then));
        let value = |preset: &Preset| (columns[preset.column as usize].name.clone(), self.describe().value(&preset.value));
        let set: BTreeMap<String, String> = grant.presets.iter().map(value).collect();
        let mut text = format!("\"{rule}\" allows {operation}");
        if let Some(fields) = &fields {
            text.push_str(&format!(" ({})", fields.join(", ")));
        }
        if !set.is_empty() {
            let presets: Vec<String> = grant.presets.iter().map(|preset| self.describe().preset(table, preset)).collect();
            text.push_str(&format!(" setting {}", presets.join(" and ")));
        }
        let end = then.as_ref().map(|then| format!(" then {then}")).unwrap_or_default();
        let statement = |condition| Statement::Grant { id, rule, operation, fields, condition, then, set };
        match &when {
            None => Reason::single(statement(None), text + &end, Some(true)),
            Some(when) => {
                let reason = self.why_condition(when, table, Among::of(grant.operation, row));
                let text = format!("{text} when {}{end}", reason.text);
                Reason { statement: statement(Some(reason.text)), text, ..reason }
            }
        }
    }

    pub(super) fn why_held(&self, role: &RoleUse, row: &Row) -> Reason {
        let text = format!("the session holds {}", self.describe().role_use(role));
        let values = self.held_within(role, row);
        Reason { values, ..Reason::single(Statement::Holds { role: self.held_role(role) }, text, Some(self.holds(role, row))) }
    }

    pub(super) fn held_role(&self, role: &RoleUse) -> HeldRole {
        let name = self.model.subject_name(role.subject).to_owned();
        let (of, in_any) = match (&role.scope, role.subject) {
            (Scope::Of(path), _) => (Some(self.describe().path(path)), None),
            (Scope::Anywhere, Subject::Role(id)) => {
                (None, self.model.scope_of(id).map(|membership| self.model.membership(membership).name.clone()))
            }
            _ => (None, None),
        };
        HeldRole { name, of, in_any }
    }

    pub(super) fn why_condition(&self, condition: &Condition, table: TableId, among: Among<'_>) -> Reason {
        let text = self.describe().condition(condition);
        let statement = Statement::Condition { condition: text.clone() };
        let parts = |parts: &[Condition]| parts.iter().map(|part| self.why_condition(part, table, among)).collect();
        match condition {
            Condition::All(all) => Reason::all(statement, text, parts(all)),
            Condition::Any(any) => Reason::any(statement, text, parts(any)),
            Condition::Not(inner) => {
                let inner = self.why_condition(inner, table, among);
                let (truth, values) = (inner.truth.map(|truth| !truth), Vec::new());
                Reason { statement, text, truth, parts: vec![inner], values, joined: Joined::Not }
            }
            Condition::Atom(atom) => {
                let values = self.compared(atom, table, among);
                Reason { values, ..Reason::single(statement, text, self.condition_among(condition, table, among)) }
            }
        }
    }

    pub(super) fn describe(&self) -> Describe<'_> {
        Describe { model: self.model }
    }
}
