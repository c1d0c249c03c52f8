//! The tree of one `.policy` file, as it was written: names are still words, nothing is checked
//! against a schema. Every node that a message may point at has its place.

mod condition;

use serde::Serialize;

pub use condition::{
    AtAnyLevel, Between, Can, Compare, Condition, Containment, Duration, Emptiness, Has, IgnoringCase, NumberOf, OneOf, Operand,
    Operator, PartPlace, Path, Quantity, Rows, RowsOf, Share, TimeUnit,
};

use crate::diagnostic::{FileId, Span, Spanned};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Where its text is.
    #[serde(skip)]
    pub file: FileId,
    /// Tables and boundaries in their order.
    pub items: Vec<Item>,
}

/// What stands at the top of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// `table … { … }`
    Table(Table),
    /// `boundary "…" on … { … }`
    Boundary(Boundary),
    /// `condition …: …`, usable in every table
    Condition(NamedCondition),
    /// `never … can …`
    Never(Never),
}

/// `table <name> { <rules> }`. A table may have several blocks, also in several files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its name as written.
    pub name: TableName,
    /// Its rules in their order.
    pub rules: Vec<Rule>,
    /// The conditions that it names for its own rules.
    pub conditions: Vec<NamedCondition>,
    /// False when a rule of the block had a syntax error and is missing here.
    pub complete: bool,
}

/// `properties` or `billing.invoices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableName {
    /// The schema, where one is written.
    pub schema: Option<Label>,
    /// The table.
    pub name: Label,
}

impl TableName {
    /// The place of the whole name.
    pub fn span(&self) -> Span {
        self.schema.as_ref().map_or(self.name.span, |schema| schema.span.to(self.name.span))
    }
}

/// One or more words, or an exact name in backticks.
#[derive(Debug, Clone, Serialize)]
pub struct Label {
    /// The words with single spaces, or what stands between the backticks.
    pub text: String,
    /// True for a name in backticks, which is compared to the letter.
    pub exact: bool,
    /// Its place.
    #[serde(skip)]
    pub span: Span,
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.exact) == (&other.text, other.exact)
    }
}

impl Eq for Label {}

/// `rule "<name>" for <roles> { <where and allow clauses> }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name, unique per table.
    pub name: Spanned<String>,
    /// Whom it is for.
    pub roles: Vec<RoleUse>,
    /// `where` clauses; a record must match all.
    pub filters: Vec<Condition>,
    /// `allow` clauses.
    pub allows: Vec<Allow>,
    /// `look up by row` or `look up by list`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_up: Option<Spanned<LookUp>>,
}

/// How other rows are asked for what a rule says of them. Says nothing about what the rule means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LookUp {
    /// By the key of each record that is looked at.
    Row,
    /// All keys of which it is true, once for each statement.
    List,
}

/// A role with its scope, as in `Team Admin of Project's Team`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleUse {
    /// The role's name as written, or the permission's.
    pub name: Label,
    /// Whether it is a permission.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_permission: bool,
    /// Where the role has to be held.
    pub scope: Option<Scope>,
}

/// Where a role has to be held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// `of <path>`: within the record's own team.
    Of(Path),
    /// `of this record`: the record is the team.
    ThisRecord(#[serde(skip)] Span),
    /// `in any <membership>`: somewhere.
    Any(Label),
    /// `by <membership>`: whose permission is meant, within nothing.
    By(Label),
}

/// `allow <grants> setting … when … then …`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allow {
    /// What is granted.
    pub grants: Vec<Grant>,
    /// What the database fills in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// Holds for the row, or for the row before an update.
    pub when: Option<Condition>,
    /// Holds for the row after an update.
    pub then: Option<Condition>,
    /// The place of the clause.
    #[serde(skip)]
    pub span: Span,
}

/// An operation with its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The CRUD flag.
    pub operation: Spanned<OperationWord>,
    /// The fields that it is limited to.
    pub fields: Fields,
}

/// `setting <field> to <operand>`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preset {
    /// The field.
    pub field: Label,
    /// What it gets.
    pub value: Spanned<Operand>,
}

/// The word after `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationWord {
    /// New rows.
    Create,
    /// Seeing rows.
    Read,
    /// Changing rows.
    Update,
    /// Removing rows.
    Delete,
    /// All four.
    All,
}

/// Which fields an operation is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fields {
    /// No list: every field.
    All,
    /// `(a, b)`, `personal fields`
    Only(FieldNames),
    /// `except (a, b)`, `except personal fields`
    Except(FieldNames),
}

/// Fields by name and by class: `personal and secret fields and (a, b)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FieldNames {
    /// Classes of the schema file, as written.
    pub classes: Vec<Spanned<String>>,
    /// Single fields.
    pub labels: Vec<Label>,
}

/// `boundary "<name>" on <target> for <operations> { where … except … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Boundary {
    /// Its name, unique in the project.
    pub name: Spanned<String>,
    /// The tables that it holds on.
    pub target: Target,
    /// What it limits; all four where none is written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Spanned<OperationWord>>,
    /// Its conditions; a record must match all.
    pub clauses: Vec<BoundaryClause>,
}

/// The tables of a boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// `every table`
    EveryTable,
    /// `every table with <column>`
    EveryTableWith(Label),
    /// A list of tables.
    Tables(Vec<TableName>),
}

/// `where <condition> except <roles>`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoundaryClause {
    /// What every record has to match.
    pub condition: Condition,
    /// Who is outside of it.
    pub except: Vec<RoleUse>,
}

/// `condition <name>: <condition>`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedCondition {
    /// What rules call it.
    pub name: Label,
    /// What it stands for, on a record of the table that uses it.
    pub condition: Condition,
}

/// `never <role> can <operations> <table> where <condition>`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Never {
    /// Whose rules must not allow it.
    pub role: RoleUse,
    /// What must not be allowed.
    pub operations: Vec<Spanned<OperationWord>>,
    /// On which table.
    pub table: TableName,
    /// For which records; for all where none is written.
    pub condition: Option<Condition>,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
}
