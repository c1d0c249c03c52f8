//! What a derived column is made of, as a tree. A term reads its own row alone, is the same for everybody and at every time, and raises no error, whatever
//! is in the row: so it can stand in policies and look-ups, an index can be on it, and no server is needed to say what it is.

/// An expression of a row's own columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A column, by its position.
    Column(u32),
    /// `'text'`
    Text(String),
    /// A whole number.
    Number(i32),
    /// A function of [`FUNCTIONS`].
    Call(Function, Vec<Term>),
    /// `text || text`
    Joined(Box<Term>, Box<Term>),
    /// `json -> 'key'`, `json -> 0`, or with `->>` the text of it.
    Member {
        /// JSON.
        of: Box<Term>,
        /// A text or a number.
        key: Box<Term>,
        /// Whether it is written `->>`.
        as_text: bool,
    },
    /// `json #> '{a,b}'`, or with `#>>` the text of it.
    Path {
        /// JSON.
        of: Box<Term>,
        /// Keys, or the numbers of elements.
        steps: Vec<String>,
        /// Whether it is written `#>>`.
        as_text: bool,
    },
    /// `array[1]`
    Element(Box<Term>, i32),
    /// `value::text`
    AsText(Box<Term>),
    /// Several columns beside each other, by their positions: empty where one of them is.
    Tuple(Vec<u32>),
}

/// Functions whose arguments cannot make them fail, and which depend on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `split_part(text, separator, number)`
    SplitPart,
    /// `lower(text)`
    Lower,
    /// `upper(text)`
    Upper,
    /// `btrim(text[, characters])`
    Btrim,
    /// `ltrim(text[, characters])`
    Ltrim,
    /// `rtrim(text[, characters])`
    Rtrim,
    /// `left(text, number)`
    Left,
    /// `right(text, number)`
    Right,
    /// `replace(text, from, to)`
    Replace,
    /// `string_to_array(text, separator)`
    StringToArray,
    /// `coalesce(text, text)`
    Coalesce,
    /// `nullif(text, text)`
    Nullif,
}

/// The functions by their names.
pub const FUNCTIONS: [(&str, Function); 12] = [
    ("split_part", Function::SplitPart),
    ("lower", Function::Lower),
    ("upper", Function::Upper),
    ("btrim", Function::Btrim),
    ("ltrim", Function::Ltrim),
    ("rtrim", Function::Rtrim),
    ("left", Function::Left),
    ("right", Function::Right),
    ("replace", Function::Replace),
    ("string_to_array", Function::StringToArray),
    ("coalesce", Function::Coalesce),
    ("nullif", Function::Nullif),
];

impl Function {
    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

impl Term {
    /// The columns that it reads, ordered.
    pub fn columns(&self) -> Vec<u32> {
        let mut columns = Vec::new();
        self.collect_columns(&mut columns);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    fn collect_columns(&self, columns: &mut Vec<u32>) {
        match self {
            Term::Column(column) => columns.push(*column),
            Term::Tuple(parts) => columns.extend(parts),
            Term::Text(_) | Term::Number(_) => {}
            Term::Call(_, arguments) => arguments.iter().for_each(|argument| argument.collect_columns(columns)),
            Term::Joined(left, right) => [left, right].into_iter().for_each(|part| part.collect_columns(columns)),
            Term::Member { of, .. } | Term::Path { of, .. } | Term::Element(of, _) | Term::AsText(of) => {
                of.collect_columns(columns)
            }
        }
    }
}
