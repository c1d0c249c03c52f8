//! The record in the database: its tables, and the function that says how the server keeps what was applied. In: the schema of the look-ups. Out:
//! objects.
//!
//! Each row of the function is a fact: what it is (`kind`, `name`), what is said of it outright (`attributes`), the stored expression without places in
//! the text (`tree`), and the expression as the server prints it (`print`). A tree outlives a renaming, a print outlives a restore: a fact is as it
//! was while its attributes are, and one of the two. Names and prints depend on settings of the session, so the function pins them.

use super::facts::QUERY;
use super::generate::Generator;
use super::quote;
use crate::catalog::QualifiedName;
use crate::objects::template::fill;
use crate::objects::{Body, Callers, Function, Kind, Object, Purpose, Record, Right, Rights, Schema, State, Target};

/// What names and prints depend on, as SQL behind `SET`.
const PINNED: [&str; 9] = [
    "quote_all_identifiers = off",
    "TimeZone = 'UTC'",
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "bytea_output = 'hex'",
    "extra_float_digits = 1",
    "xmlbinary = 'base64'",
    "lc_monetary = 'C'",
    // What there is, is found by keys of catalogs; compiling would take longer.
    "jit = off",
];

impl Generator<'_> {
    /// The record, in a schema that is there for it alone where there are no look-ups; none where there is nothing to keep.
    pub(super) fn record(&mut self) {
        if self.objects.is_empty() {
            return;
        }
        let schema = &self.model.lookup_schema;
        let is_schema = |object: &Object| object.kind() == Kind::LookupSchema && object.id().name == quote::identifier(schema);
        if !self.objects.iter().any(is_schema) {
            self.add(Schema { name: schema.clone(), used_by: None }, Vec::new());
        }
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let identity = &self.model.identity;
        let record = Record {
            schema: schema.clone(),
            closed_to: self.everyone(),
            settings: owned(self.model.session_settings()),
            joined: std::iter::once(&identity.signed_in_role).chain(&identity.anonymous_role).cloned().collect(),
            read_by: self.model.inspection_role.clone(),
        };
        self.add(record, Vec::new());
        let facts = facts(schema);
        let signature = facts.signature();
        self.add(facts, vec!["What the record is compared with: how the server keeps what was applied".to_owned()]);
        // Whoever is told why somebody can or cannot is told what is otherwise than it was applied.
        if let Some(role) = &self.model.inspection_role {
            self.add(Rights::new(Target::Function(signature), Purpose::Calls, vec![Right::to_use(role)]), Vec::new());
            self.usage_of(schema, role);
        }
    }
}

/// What the function asks, without the function: for a database whose record is not to be believed. It expects `search_path = pg_catalog`, and the settings of
/// [`facts_settings`].
pub fn facts_query(state: &State) -> String {
    let row = |(kind, name): &(crate::objects::ScopeKind, String)| {
        format!("({}, {})", quote::literal(kind.word()), quote::literal(name))
    };
    let rows: Vec<String> = state.scope().iter().map(row).collect();
    let scope = format!("(SELECT * FROM (VALUES {}) AS given (kind, name)) AS scope", rows.join(", "));
    fill(QUERY, &[("scope", &scope), ("printed", "true")])
}

/// What names and prints depend on, each as SQL behind `SET LOCAL`.
pub fn facts_settings() -> Vec<String> {
    PINNED.map(str::to_owned).to_vec()
}

fn query(schema: &str) -> String {
    fill(QUERY, &[("scope", &format!("{}.scope", quote::identifier(schema))), ("printed", "printed")])
}

fn facts(schema: &str) -> Function {
    Function {
        name: QualifiedName { schema: schema.to_owned(), name: Record::FACTS.to_owned() },
        names: vec!["printed".to_owned()],
        arguments: vec!["boolean".to_owned()],
        returns: "TABLE (kind text, name text, attributes text, tree text, print text)".to_owned(),
        attributes: "STABLE".to_owned(),
        is_definer: false,
        settings: PINNED.map(str::to_owned).to_vec(),
        body: Body::Plpgsql(format!("#variable_conflict use_column\nBEGIN\n  RETURN QUERY\n{};\nEND", query(schema))),
        comment: Some("how the server keeps what was applied, for the record".to_owned()),
        callers: Callers::Granted,
        owner: None,
        shows: None,
        calls: std::collections::BTreeSet::new(),
    }
}
