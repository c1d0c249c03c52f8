//! The tree of one `.policy` file, as it was written: names are still words, nothing is checked
//! against a schema. Every node that a message may point at has its place.

use serde::Serialize;

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
}

/// `table <name> { <rules> }`. A table may have several blocks, also in several files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its name as written.
    pub name: TableName,
    /// Its rules in their order.
    pub rules: Vec<Rule>,
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
}

/// A role with its scope, as in `Team Admin of Project's Team`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleUse {
    /// The role's name as written.
    pub name: Label,
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
}

/// `allow <grants> when … then …`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allow {
    /// What is granted.
    pub grants: Vec<Grant>,
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
    /// `(a, b)`
    Only(Vec<Label>),
    /// `except (a, b)`
    Except(Vec<Label>),
}

/// `boundary "<name>" on <target> { where … except … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Boundary {
    /// Its name, unique in the project.
    pub name: Spanned<String>,
    /// The tables that it holds on.
    pub target: Target,
    /// Its conditions; a record must match all.
    pub clauses: Vec<BoundaryClause>,
}

/// The tables of a boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
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

/// A condition and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// `… and …`, two or more.
    All(Vec<Condition>),
    /// `… or …`, two or more.
    Any(Vec<Condition>),
    /// `not …`
    Not(Box<Condition>),
    /// `<operand> <operator> <operand>`
    Compare(Box<Compare>),
    /// `<operand> is one of …`
    OneOf(Box<OneOf>),
    /// `<operand> is empty`
    Empty(Box<Emptiness>),
}

/// A comparison of two operands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compare {
    /// Left of the operator.
    pub left: Spanned<Operand>,
    /// The operator.
    pub operator: Spanned<Operator>,
    /// Right of the operator.
    pub right: Spanned<Operand>,
}

/// `<operand> is one of (…)` and its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneOf {
    /// Left of the operator.
    pub left: Spanned<Operand>,
    /// True for `is not one of`.
    pub negated: bool,
    /// The values; a single one may be a many-valued operand.
    pub values: Vec<Spanned<Operand>>,
}

/// `<operand> is empty` and its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Emptiness {
    /// What is asked about.
    pub operand: Spanned<Operand>,
    /// True for `is not empty`.
    pub negated: bool,
}

/// The operators between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `equals`, `is`
    Equal,
    /// `does not equal`, `is not`
    NotEqual,
    /// `is greater than`, `is after`
    Greater,
    /// `is at least`
    AtLeast,
    /// `is less than`, `is before`
    Less,
    /// `is at most`
    AtMost,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// `Project's Team`: starts at the record.
    Path(Path),
    /// `this record`, or `this record's …` for a relation whose name means something else.
    ThisRecord(Option<Path>),
    /// `Logged in User`
    LoggedInUser,
    /// `User's …`: starts at the signed-in user's row.
    User(Path),
    /// `"…"`
    Text(String),
    /// `12`, `-0.5`, as written.
    Number(String),
    /// `true`, `false`
    Boolean(bool),
    /// `date "2026-01-31"`, checked to be a day.
    Date(String),
    /// `now`
    Now,
    /// `today`
    Today,
}

/// Labels joined by `'s`; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Path {
    /// The steps; all but the last are relations.
    pub steps: Vec<Label>,
}

impl Path {
    /// The place of the whole path, from its first step to its last.
    pub fn span(&self, fallback: Span) -> Span {
        match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => fallback,
        }
    }
}

impl Condition {
    /// The place of the condition, from its first operand to its last.
    pub fn span(&self) -> Option<Span> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                let (first, last) = (parts.first()?.span()?, parts.last()?.span()?);
                Some(first.to(last))
            }
            Condition::Not(inner) => inner.span(),
            Condition::Compare(compare) => Some(compare.left.span.to(compare.right.span)),
            Condition::OneOf(one_of) => {
                Some(one_of.values.last().map_or(one_of.left.span, |last| one_of.left.span.to(last.span)))
            }
            Condition::Empty(emptiness) => Some(emptiness.operand.span),
        }
    }
}
