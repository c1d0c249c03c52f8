//! Conditions as they are written: what is compared, and with what.

use serde::Serialize;

use super::{Label, OperationWord, TableName};
use crate::diagnostic::{Span, Spanned};

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
    /// `<operand> is between <operand> and <operand>`
    Between(Box<Between>),
    /// `<operand> is empty`
    Empty(Box<Emptiness>),
    /// `<operand> contains <operand>`, `starts with`, `ends with`
    Contains(Box<Containment>),
    /// `<how many> <rows> [as <name>] [where (…)]`
    Rows(Box<Rows>),
    /// `<operand> has any of …`, `has all of`, `has none of`
    Has(Box<Has>),
    /// `<comparison> ignoring case`
    IgnoringCase(Box<IgnoringCase>),
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

/// `<operand> has any of …` and its like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Has {
    /// The list.
    pub whole: Spanned<Operand>,
    /// How many of the others it has.
    pub share: Spanned<Share>,
    /// Whether the others stand in parentheses; otherwise there is one operand.
    pub is_list: bool,
    /// What is looked for in it.
    pub values: Vec<Spanned<Operand>>,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
}

/// How many of some elements a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// `has any of`
    Any,
    /// `has all of`
    All,
    /// `has none of`
    None,
}

/// `<comparison> ignoring case`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IgnoringCase {
    /// The comparison.
    pub comparison: Condition,
    /// The place of the two words.
    #[serde(skip)]
    pub words: Span,
}

/// How many rows make a condition true: `any Tasks where (…)`, `fewer than 3 User's Spaces by Owner`, `no record of bans as Ban where (…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// How many there have to be.
    pub quantity: Quantity,
    /// Which rows.
    pub of: RowsOf,
    /// What conditions further in call such a row.
    pub name: Option<Label>,
    /// On such a row; without it, every one counts.
    pub condition: Option<Condition>,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
}

/// How many rows there are: `number of Tasks where (…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NumberOf {
    /// Which rows.
    pub of: RowsOf,
    /// What conditions further in call such a row.
    pub name: Option<Label>,
    /// On such a row; without it, every one counts.
    pub condition: Option<Condition>,
}

/// How many rows there have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// At least one.
    Any,
    /// None.
    No,
    /// So many or more.
    AtLeast(u32),
    /// Not so many.
    FewerThan(u32),
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsOf {
    /// `record of <table>`, `records of <table>`: all of them.
    Table(TableName),
    /// `Tasks`, `Author's Blocks by Blocker`: those that point at the record, or at what a path from it leads to. The last step is the table, perhaps with
    /// the reference behind `by`. The path may begin at `this record`, at the user, or at a row that has a name.
    Children(Path),
    /// `Parent at any level`, `Folder or its Parent at any level`: those that a reference of a table to itself leads to.
    AtAnyLevel(AtAnyLevel),
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
    /// Whether it is a word of sizes, `is less than` and not `is before`.
    pub is_of_size: bool,
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
    /// Whether the values stand in parentheses; otherwise there is one operand.
    pub is_list: bool,
    /// The values; a single one may be a many-valued operand.
    pub values: Vec<Spanned<Operand>>,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
}

/// `<operand> is between <operand> and <operand>` and its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Between {
    /// What lies between them, or does not.
    pub value: Spanned<Operand>,
    /// The place of the operator.
    #[serde(skip)]
    pub operator: Span,
    /// True for `is not between`.
    pub negated: bool,
    /// The lower end, which belongs to it.
    pub low: Spanned<Operand>,
    /// The upper end, which belongs to it.
    pub high: Spanned<Operand>,
}

/// `<operand> is empty` and its opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Emptiness {
    /// What is asked about.
    pub operand: Spanned<Operand>,
    /// True for `is not empty`.
    pub negated: bool,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
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
    /// `is at least`, `is not before`
    AtLeast,
    /// `is less than`, `is before`
    Less,
    /// `is at most`, `is not after`
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
    /// `the former Price`: as it was before the update, starting at the record.
    Former(Path),
    /// `Logged in User`
    LoggedInUser,
    /// `User's …`: starts at the signed-in user's row.
    User(Path),
    /// `Manager at any level`, `Folder or its Parent at any level`
    AtAnyLevel(AtAnyLevel),
    /// `number of Tasks where (…)`
    NumberOf(Box<NumberOf>),
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

/// A reference of a table to itself, followed however often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtAnyLevel {
    /// Its last step is followed once or more; where it begins, where another one is.
    pub path: Path,
    /// The reference behind `or its`, which is followed from there on, or not at all.
    pub or_its: Option<Label>,
    /// The place of the whole.
    #[serde(skip)]
    pub span: Span,
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
    /// The place of all words of a single statement; none of what consists of others, or has its words elsewhere.
    pub fn place(&self) -> Option<Span> {
        match self {
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Named(_) | Condition::Sql(_) => None,
            Condition::OneOf(one_of) => Some(one_of.span),
            Condition::Empty(emptiness) => Some(emptiness.span),
            Condition::Has(has) => Some(has.span),
            Condition::IgnoringCase(ignoring) => Some(ignoring.comparison.place()?.to(ignoring.words)),
            Condition::Compare(_) | Condition::Between(_) | Condition::Contains(_) | Condition::Rows(_) | Condition::Can(_) => {
                self.span()
            }
        }
    }

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
            Condition::Between(between) => Some(between.value.span.to(between.high.span)),
            Condition::Empty(emptiness) => Some(emptiness.operand.span),
            Condition::Contains(containment) => Some(containment.whole.span.to(containment.part.span)),
            Condition::Rows(rows) => Some(rows.span),
            Condition::Has(has) => Some(has.values.last().map_or(has.whole.span, |last| has.whole.span.to(last.span))),
            Condition::IgnoringCase(ignoring) => {
                Some(ignoring.comparison.span().map_or(ignoring.words, |all| all.to(ignoring.words)))
            }
            Condition::Can(can) => Some(can.span),
            Condition::Sql(text) => Some(text.span),
            Condition::Named(name) => Some(name.span),
        }
    }
}
