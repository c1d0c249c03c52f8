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
    /// `<operand> contains <operand>`, `starts with`, `ends with`
    Contains(Box<Containment>),
    /// `any <children> where (…)`, `no … where (…)`
    Children(Box<Children>),
    /// `any record of <table> where (…)`, `no record of …`
    AnyRecord(Box<AnyRecord>),
    /// `can <operation> <path>`
    Can(Box<Can>),
    /// `sql "…"`
    Sql(Spanned<String>),
    /// The name of a condition.
    Named(Label),
}

/// `<operand> contains <operand>` and its like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Containment {
    /// The text or list.
    pub whole: Spanned<Operand>,
    /// Where the part is looked for.
    pub place: Spanned<PartPlace>,
    /// True for `does not contain`.
    pub negated: bool,
    /// What is looked for.
    pub part: Spanned<Operand>,
}

/// Where in a text a part is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartPlace {
    /// `contains`: anywhere.
    Anywhere,
    /// `starts with`
    Start,
    /// `ends with`
    End,
}

/// `any <children> where (…)` and its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Children {
    /// The table whose rows point at the record, or `<table> by <relation>`.
    pub table: Label,
    /// True for `no`.
    pub negated: bool,
    /// On a row of that table.
    pub condition: Condition,
}

/// `any record of <table> where (…)` and its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnyRecord {
    /// The table.
    pub table: TableName,
    /// True for `no`.
    pub negated: bool,
    /// On a row of that table.
    pub condition: Condition,
}

/// `can <operation> <path>`: the access of the record that the path leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Can {
    /// What may be done with it.
    pub operation: Spanned<OperationWord>,
    /// Relations to follow.
    pub path: Path,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
}

/// A length of time, as in `7 days ago`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Duration {
    /// How many; negative for `ago`.
    pub amount: i32,
    /// Of what.
    pub unit: TimeUnit,
}

/// The units of [`Duration`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Of 60 to a minute.
    Second,
    /// Of 60 seconds.
    Minute,
    /// Of 60 minutes.
    Hour,
    /// By the calendar.
    Day,
    /// Seven days by the calendar.
    Week,
    /// By the calendar.
    Month,
    /// By the calendar.
    Year,
}

impl TimeUnit {
    /// Whether it is a part of a day, the same at every time of the year.
    pub fn is_clock(self) -> bool {
        matches!(self, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour)
    }

    /// The word, without `s`.
    pub fn word(self) -> &'static str {
        match self {
            TimeUnit::Second => "second",
            TimeUnit::Minute => "minute",
            TimeUnit::Hour => "hour",
            TimeUnit::Day => "day",
            TimeUnit::Week => "week",
            TimeUnit::Month => "month",
            TimeUnit::Year => "year",
        }
    }
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
    /// `7 days ago`, `in 24 hours`
    Shifted(Duration),
    /// `Claim "…"`
    Claim(String),
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
            Condition::Contains(containment) => Some(containment.whole.span.to(containment.part.span)),
            Condition::Children(children) => {
                Some(children.condition.span().map_or(children.table.span, |end| children.table.span.to(end)))
            }
            Condition::AnyRecord(any) => Some(any.condition.span().map_or(any.table.span(), |end| any.table.span().to(end))),
            Condition::Can(can) => Some(can.span),
            Condition::Sql(text) => Some(text.span),
            Condition::Named(name) => Some(name.span),
        }
    }
}
