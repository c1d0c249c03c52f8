//! Memberships: whom their rows count for, in what, which of them, and whether they count beneath, too. In: the configuration. Out: columns and
//! conditions of their tables.

use super::{Binder, key};
use crate::catalog::{ColumnRef, TableId};
use crate::config::Membership as Entry;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Atom, Condition, Holder, Hop, Membership, MembershipId, Value, word_of_caller};

impl Binder<'_> {
    pub(super) fn bind_memberships(&mut self) {
        // Filters are bound last: they may not use memberships, so none of them is known yet while they are.
        let mut bound = Vec::new();
        for (name, entry) in &self.config.memberships.0 {
            if let Some(membership) = self.bind_membership(name, entry) {
                bound.push(membership);
            }
        }
        for (membership, id) in bound.into_iter().zip((0u32..).map(MembershipId)) {
            self.membership_names.insert(key(&membership.name), id);
            self.memberships.push(membership);
        }
    }

    /// Whether the definition of some has an error.
    pub(super) fn lacks_memberships(&self) -> bool {
        self.memberships.len() < self.config.memberships.0.len()
    }

    fn bind_membership(&mut self, name: &str, entry: &Entry) -> Option<Membership> {
        let place = |at| ["memberships", name, at];
        self.words.clear();
        let table = self.config_table(&entry.table, &place("table"))?;
        let holder = self.bind_holder(name, table, entry);
        let within = entry.within.as_ref().map(|within| self.config_column(table, within, &place("within")));
        let filter = entry.r#where.as_ref().map(|text| self.bind_filter(table, text, &place("where")));
        let (holder, within, filter) =
            (holder?, within.map_or(Some(None), |w| w.map(Some))?, filter.map_or(Some(None), |f| f.map(Some))?);
        if let Some(column) = within.filter(|&column| self.catalog.column(column).references.is_none()) {
            let span = self.config_place(&place("within"));
            let title = match self.catalog.column(column).elements {
                Some(_) => {
                    format!("`{}` has many keys, and each row of a membership is within one thing", self.column_name(column))
                }
                None => format!("`{}` references no table", self.column_name(column)),
            };
            let help = "name the column that references what the user belongs to, and give it `references:` in the schema file";
            self.report(Diagnostic::new(Code::MembershipDefinition, span, title).with_help(help));
            return None;
        }
        let below = match &entry.below {
            Some(parent) => Some(self.bind_below(name, within, parent)?),
            None => None,
        };
        let span = Some(self.config_place(&["memberships", name]));
        Some(Membership { name: name.to_owned(), span, table, holder, within, below, filter, written: self.written() })
    }

    /// Whom its rows count for: the user that a column references, or all that a condition holds for.
    fn bind_holder(&mut self, name: &str, table: TableId, entry: &Entry) -> Option<Holder> {
        let place = |at| ["memberships", name, at];
        let (title, at, help) = match (&entry.user, &entry.holder) {
            (Some(user), None) => {
                if let Some(holder) = self.as_holder(table, user) {
                    let title = "`user` names one column, and this is a condition";
                    let found = Diagnostic::new(Code::SchemaColumn, self.config_place(&place("user")), title);
                    self.report(found.with_help(format!("a condition stands under `holder`: `holder: {holder}`")));
                    return None;
                }
                let user = self.config_column(table, user, &place("user"))?;
                if self.is_key_of_user(user) {
                    return Some(Holder::User(user));
                }
                let title = format!("`{}` does not reference the user", self.column_name(user));
                let help = "name the column that references the user table, and give it `references:` in the schema file";
                (title, "user", help)
            }
            (None, Some(text)) => {
                let condition = self.bind_filter(table, text, &place("holder"))?;
                if mentions_user(&condition) {
                    return Some(Holder::Where(condition));
                }
                let title = format!("`holder` says nothing of the signed-in user, so all rows of `{name}` count for everybody");
                let help = "compare something with `Logged in User`; which rows count at all is what `where:` says";
                (title, "holder", help)
            }
            (None, None) => {
                let title = format!("`{name}` does not say whom its rows count for");
                let found = Diagnostic::new(Code::MembershipDefinition, self.config_place(&place("table")), title);
                self.report(found.with_help("add `user:`, the column that references the user"));
                return None;
            }
            (Some(_), Some(_)) => {
                let title = format!("`{name}` has both `user` and `holder`");
                (title, "holder", "let `holder` say all: `User is Logged in User or …`; or take one of them away")
            }
        };
        let found = Diagnostic::new(Code::MembershipDefinition, self.config_place(&place(at)), title);
        self.report(found.with_help(help));
        None
    }

    /// Several columns or comparisons in the place of one column, as the condition that says when a row counts.
    fn as_holder(&self, table: TableId, text: &str) -> Option<String> {
        let entry = self.catalog.table(table);
        let parts: Vec<&str> = text.split(" or ").map(str::trim).collect();
        let is_comparison = |part: &&str| [" is ", " equals ", " = "].iter().any(|word| part.contains(word));
        if entry.column_named(text).is_some() || (parts.len() < 2 && !parts.iter().any(is_comparison)) {
            return None;
        }
        let say = |part: &&str| match entry.column_named(part) {
            Some(_) => format!("`{part}` is Logged in User"),
            None => (*part).to_owned(),
        };
        let said = parts.iter().map(say).collect::<Vec<_>>().join(" or ");
        Some(format!("'{}'", said.replace('\'', "''")))
    }

    /// A condition that stands as a text in the configuration.
    fn bind_filter(&mut self, table: TableId, text: &str, place: &[&str]) -> Option<crate::model::Condition> {
        let condition = self.condition_at(table, text, place);
        let mut asking = None;
        if let Some(condition) = &condition {
            condition.for_each_atom(&mut |atom| {
                if let Atom::Sql { text, .. } = atom {
                    asking = asking.take().or_else(|| word_of_caller(text));
                }
            });
        }
        if let Some(word) = asking {
            let title = format!("the SQL here has `{word}`, and a look-up would get another answer to it");
            let found = Diagnostic::new(Code::RawSqlOfCaller, self.config_place(place), title);
            self.report(found.with_note("memberships are asked by look-ups only"));
        }
        condition
    }

    /// The reference to what is above: of the table that the membership references, to itself, by the same key.
    pub(super) fn bind_below(&mut self, name: &str, within: Option<ColumnRef>, parent: &str) -> Option<Hop> {
        let place = ["memberships", name, "below"];
        let Some((within, key)) = within.and_then(|within| Some((within, self.catalog.column(within).references?))) else {
            let title = format!("`{name}` is within nothing, so nothing is beneath it");
            let found = Diagnostic::new(Code::MembershipDefinition, self.config_place(&place), title);
            self.report(found.with_help("add `within:`, or leave out `below:`"));
            return None;
        };
        let column = self.config_column(key.table, parent, &place)?;
        let target = self.catalog.column(column).references;
        let (written, table) = (self.column_name(column), &self.catalog.table(key.table).name);
        let types = [within, column, key].map(|column| self.catalog.column(column).r#type.to_string());
        let problem = match target {
            Some(target) if target == key && types.iter().all(|r#type| *r#type == types[0]) => {
                return Some(Hop { foreign_key: column, target: key });
            }
            Some(target) if target == key => Err(format!(
                "the keys have different types: `{}` is {}, `{written}` {}, `{}` {}",
                self.column_name(within),
                types[0],
                types[1],
                self.column_name(key),
                types[2]
            )),
            Some(target) if target.table == key.table => Err(format!(
                "`{written}` references `{}`, and the membership references `{}`",
                self.column_name(target),
                self.column_name(key)
            )),
            _ => Ok(format!("`{written}` is no reference of `{table}` to itself")),
        };
        let own = self.references_to(key.table, key.table).into_iter().filter(|own| *own != column);
        let own: Vec<String> = own.map(|own| format!("`{}`", self.catalog.column(own).name)).collect();
        let help = match (&problem, own.as_slice()) {
            (Err(_), _) => "let both reference one key, and give the columns its type".to_owned(),
            (Ok(_), []) => {
                format!("name the column of `{table}` that references what is above, and give it `references: {table}`")
            }
            (Ok(_), own) => format!("its references to itself are {}", own.join(", ")),
        };
        let (Ok(title) | Err(title)) = problem;
        self.report(Diagnostic::new(Code::MembershipDefinition, self.config_place(&place), title).with_help(help));
        None
    }
}

/// Whether a condition that asks for no membership says something of the signed-in user.
fn mentions_user(condition: &Condition) -> bool {
    let mut found = false;
    condition.for_each_atom(&mut |atom| {
        found |= atom.values().into_iter().any(Value::mentions_user);
    });
    found
}
