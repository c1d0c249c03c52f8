//! Selects as text: what they read from, their conditions, walks from row to row. In: a select. Out: one line, or several where it is long.

use std::fmt;

use super::expression::{From, Given, Select, Walk};
use super::quote::{identifier, qualified};
use super::render::{LINE_WIDTH, short_line};

/// The text on one line.
impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT {}", self.expression)?;
        if let Some(from) = &self.from {
            write!(f, " FROM {}", from.text())?;
        }
        match &self.condition {
            Some(condition) => write!(f, " WHERE {condition}"),
            None => Ok(()),
        }
    }
}

impl Walk {
    /// The text on one line.
    pub(super) fn text(&self) -> String {
        let step = self.step.beside(&self.name, " ");
        format!("ARRAY(WITH RECURSIVE {0} AS ({1} UNION {step}) SELECT {0}.key FROM {0})", identifier(&self.name), self.start)
    }

    pub(super) fn pretty(&self, indent: usize) -> String {
        let (blanks, name) = (" ".repeat(indent + 2), identifier(&self.name));
        let (start, mut step) = (self.start.pretty(indent + 4), self.step.beside(&self.name, " "));
        if step.len() + indent + 4 > LINE_WIDTH {
            step = self.step.beside(&self.name, &format!("\n{blanks}  "));
        }
        format!(
            "ARRAY(\n{blanks}WITH RECURSIVE {name} AS (\n{blanks}  {start}\n{blanks}  UNION\n{blanks}  {step}\n{blanks})\n{blanks}SELECT {name}.key FROM {name}\n{})",
            " ".repeat(indent)
        )
    }
}

impl Select {
    /// The clauses, with `between` between them, of a select that also reads what a walk has found.
    fn beside(&self, name: &str, between: &str) -> String {
        let from = self.from.as_ref().map(From::text).unwrap_or_default();
        let condition = self.condition.as_ref().map(|condition| format!("{between}WHERE {condition}")).unwrap_or_default();
        // What a function is handed comes before it.
        let both = match self.from {
            Some(From::Window { .. }) => format!("{}, {from}", identifier(name)),
            _ => format!("{from}, {}", identifier(name)),
        };
        format!("SELECT {}{between}FROM {both}{condition}", self.expression)
    }

    /// The clauses on lines of their own where the whole is long.
    pub(super) fn pretty(&self, indent: usize) -> String {
        if let Some(line) = short_line(self, indent) {
            return line;
        }
        let blanks = " ".repeat(indent);
        let mut text = format!("SELECT {}", self.expression.pretty(indent + 2));
        if let Some(from) = &self.from {
            text.push_str(&format!("\n{blanks}FROM {}", from.pretty(indent + 2)));
        }
        if let Some(condition) = &self.condition {
            text.push_str(&format!("\n{blanks}WHERE {}", condition.pretty(indent + 2)));
        }
        text
    }
}

impl From {
    fn text(&self) -> String {
        match self {
            From::Table { name, alias, .. } => format!("{} AS {}", qualified(name), identifier(alias)),
            From::Window { call, alias } => format!("{call} AS {}", identifier(alias)),
            From::Elements { array, alias } => format!("unnest({array}) AS {alias}"),
            From::Given(given) => given.iter().map(Given::text).collect::<Vec<_>>().join(", "),
            From::Arrays { arrays, alias } => {
                let values: Vec<String> = arrays.iter().map(|(_, array)| array.text()).collect();
                let names: Vec<_> = arrays.iter().map(|(name, _)| identifier(name)).collect();
                format!("unnest({}) AS {} ({})", values.join(", "), identifier(alias), names.join(", "))
            }
            From::Keys(count) => {
                let numbered = |sign: &str| (1..=*count).map(|index| format!("{sign}{index}")).collect::<Vec<_>>().join(", ");
                format!("unnest({}) AS asked ({})", numbered("$"), numbered("k"))
            }
            From::Steps { .. } => self.pretty(0),
        }
    }

    pub(super) fn pretty(&self, indent: usize) -> String {
        let From::Steps { expressions, given, alias } = self else { return self.text() };
        let blanks = " ".repeat(indent + 2);
        let parts = expressions.iter().map(|(name, expression)| format!("{} AS {name}", expression.pretty_operand(indent + 4)));
        let given = given.iter().map(Given::text);
        let (parts, given): (Vec<_>, Vec<_>) = (parts.collect(), given.collect());
        let separator = format!(",\n{blanks}  ");
        format!(
            "(\n{blanks}SELECT\n{blanks}  {}\n{blanks}FROM\n{blanks}  {}\n{}) AS {alias}",
            parts.join(&separator),
            given.join(&separator),
            " ".repeat(indent)
        )
    }
}

impl Given {
    fn text(&self) -> String {
        let columns = self.columns.iter().map(|(name, position)| format!("${position} AS {}", identifier(name)));
        format!("(SELECT {}) AS {}", columns.collect::<Vec<_>>().join(", "), self.alias)
    }
}
