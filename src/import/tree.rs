//! SQL expressions, as far as policies and their helpers have them. Whatever else there is becomes [`Sql::Other`], which nobody reads any meaning into.

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sql {
    /// A column, perhaps behind the names of its table; or a parameter.
    Name(Vec<String>),
    /// `$1`
    Parameter(usize),
    Text(String),
    Number(String),
    Boolean(bool),
    Null,
    /// With the type's name in lower case.
    Cast(Box<Sql>, String),
    /// A call by its name, perhaps behind its schema.
    Call(Vec<String>, Vec<Sql>),
    And(Vec<Sql>),
    Or(Vec<Sql>),
    Not(Box<Sql>),
    Binary(Box<Sql>, String, Box<Sql>),
    /// `= ANY (…)`
    Any(Box<Sql>, String, Box<Sql>),
    /// `<> ALL (…)`
    All(Box<Sql>, String, Box<Sql>),
    In(Box<Sql>, Vec<Sql>, bool),
    InQuery(Box<Sql>, Box<Query>, bool),
    IsNull(Box<Sql>, bool),
    /// `IS TRUE`, `IS NOT FALSE` and their like: what it is compared with, and whether negated.
    IsBoolean(Box<Sql>, bool, bool),
    /// `IS NOT DISTINCT FROM`, or with true its opposite.
    Distinct(Box<Sql>, Box<Sql>, bool),
    Between(Box<Sql>, Box<Sql>, Box<Sql>, bool),
    /// `LIKE`; with the pattern.
    Like(Box<Sql>, Box<Sql>, bool),
    Query(Box<Query>),
    Exists(Box<Query>, bool),
    Array(Vec<Sql>),
    /// What is not read, in words.
    Other(String),
}

/// `SELECT columns FROM sources WHERE condition`, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub columns: Vec<Sql>,
    pub sources: Vec<Source>,
    pub condition: Option<Sql>,
    /// `LIMIT 1`, which changes nothing where only whether there is a row is asked.
    pub is_limited: bool,
}

/// A table or a call behind FROM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub name: Vec<String>,
    pub alias: Option<String>,
    /// The arguments, where it is a call.
    pub arguments: Option<Vec<Sql>>,
}

/// The top of a policy's expression, cut where each part can be said in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Top {
    All(Vec<Top>),
    Any(Vec<Top>),
    Not(Box<Top>),
    /// A part with its text.
    Leaf(Sql, String),
}

impl Sql {
    /// Without casts, and without the sub-select around a single value that takes nothing from any table.
    pub fn bare(&self) -> &Sql {
        match self {
            Sql::Cast(inner, _) => inner.bare(),
            Sql::Query(query) => query.only_value().map_or(self, Sql::bare),
            _ => self,
        }
    }
}

/// A type of texts that takes nothing away, as one with a length does, and `name`.
pub(super) fn is_text_type(name: &str) -> bool {
    ["text", "character varying", "varchar"].contains(&name)
}

impl Sql {
    /// A constant text, as any type of texts that takes nothing away.
    pub fn text(&self) -> Option<&str> {
        match self {
            Sql::Text(text) => Some(text),
            Sql::Cast(inner, name) if is_text_type(name) => inner.text(),
            Sql::Query(query) => query.only_value()?.text(),
            _ => None,
        }
    }
}

impl Query {
    /// The value of `(SELECT value)`.
    pub fn only_value(&self) -> Option<&Sql> {
        match (self.columns.as_slice(), self.sources.is_empty(), &self.condition) {
            ([only], true, None) => Some(only),
            _ => None,
        }
    }
}
