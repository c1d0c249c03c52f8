//! Bound conditions in words: for comments in the SQL, matrices and messages. Close to the language, but made for reading.

use super::{
    Atom, Claim, ClaimPath, Climb, Collection, Comparison, Condition, Enough, Exists, Link, Literal, Model, Path, Preset, RoleId,
    RoleUse, Scope, Set, Subject, Value, days, wording,
};
use crate::catalog::{Catalog, ColumnRef, Family, TableId, Type};

/// Writes parts of a model in words.
#[derive(Clone, Copy)]
pub struct Describe<'a> {
    /// The model that the parts belong to.
    pub model: &'a Model,
}

impl Describe<'_> {
    /// `Team Admin of Project's Team`
    pub fn role_use(&self, role: &RoleUse) -> String {
        let name = self.model.subject_name(role.subject);
        // Whose permission it is stands behind where it is held.
        let permission = match role.subject {
            Subject::Role(id) => self.model.role(id).permission.as_ref().map(|permission| format!("permission \"{permission}\"")),
            Subject::Anyone | Subject::Authenticated => None,
        };
        let (name, by) = permission.and_then(|short| name.split_at_checked(short.len())).unwrap_or((name, ""));
        match (&role.scope, role.subject) {
            (Scope::Of(path), _) if self.is_record_itself(path) => format!("{name} of this record{by}"),
            (Scope::Of(path), _) => format!("{name} of {}{by}", self.path(path)),
            (Scope::Anywhere, Subject::Role(id)) => {
                let membership = self.model.scope_of(id).map_or("", |id| self.model.membership(id).name.as_str());
                format!("{name} in any {membership}")
            }
            _ => format!("{name}{by}"),
        }
    }

    /// Whether a path leads to the record's own key, and so to nothing but the record.
    fn is_record_itself(&self, path: &Path) -> bool {
        let is_reference = self.model.catalog.column(path.column).references.is_some();
        path.hops.is_empty() && !is_reference && self.model.catalog.is_unique(path.column)
    }

    /// A path from the record.
    pub fn path(&self, path_: &Path) -> String {
        path(&self.model.catalog, path_)
    }

    /// `Created By to Logged in User`
    pub fn preset(&self, table: TableId, preset: &Preset) -> String {
        let path = Path { table, hops: Vec::new(), column: ColumnRef { table, column: preset.column } };
        format!("{} to {}", self.path(&path), self.value(&preset.value))
    }

    /// A condition, with parentheses where the language needs them.
    pub fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::All(parts) => self.joined(parts, " and "),
            Condition::Any(parts) => match days::another(parts) {
                Some(left) => format!("{} does not equal today", self.value(left)),
                None => self.joined(parts, " or "),
            },
            Condition::Not(inner) => {
                let range = self.range(inner, "is not between");
                range.unwrap_or_else(|| format!("not ({})", self.condition(inner)))
            }
            Condition::Atom(atom) => self.atom(atom),
        }
    }

    fn joined(&self, parts: &[Condition], word: &str) -> String {
        let (mut words, mut rest) = (Vec::new(), parts);
        while let [part, behind @ ..] = rest {
            let both = behind.first().filter(|_| word == " and ").and_then(|to| self.ends(part, to, "is between"));
            rest = if both.is_some() { &behind[1..] } else { behind };
            words.push(both.or_else(|| self.range(part, "is between")).unwrap_or_else(|| match part {
                Condition::Any(parts) if days::another(parts).is_some() => self.condition(part),
                Condition::All(_) | Condition::Any(_) => format!("({})", self.condition(part)),
                _ => self.condition(part),
            }));
        }
        words.join(word)
    }

    /// `x is between a and b`, where a condition says this and nothing else.
    fn range(&self, condition: &Condition, verb: &str) -> Option<String> {
        match condition {
            Condition::All(parts) => match parts.as_slice() {
                [from, to] => self.ends(from, to, verb),
                _ => None,
            },
            _ => None,
        }
    }

    fn ends(&self, from: &Condition, to: &Condition, verb: &str) -> Option<String> {
        if let Some(left) = days::whole(from, to) {
            let verb = if verb.contains("not") { "does not equal" } else { "equals" };
            return Some(format!("{} {verb} today", self.value(left)));
        }
        let (Condition::Atom(from), Condition::Atom(to)) = (from, to) else { return None };
        match (&**from, &**to) {
            (
                Atom::Compare { left, operator: Comparison::AtLeast, right: low },
                Atom::Compare { left: other, operator: Comparison::AtMost, right: high },
            ) if left == other => Some(format!("{} {verb} {} and {}", self.value(left), self.value(low), self.value(high))),
            _ => None,
        }
    }

    /// A single statement.
    pub fn atom(&self, atom: &Atom) -> String {
        match atom {
            Atom::Compare { left, operator, right } => {
                let (operator, right) = days::as_written(*operator, right);
                let words = wording::operator(operator, &self.family(left, right));
                format!("{} {words} {}", self.value(left), self.value(right))
            }
            Atom::OneOf { value, list, negated } => {
                let list: Vec<String> = list.iter().map(literal).collect();
                format!("{} is {}one of ({})", self.value(value), not(*negated), list.join(", "))
            }
            Atom::Member { value, set, negated } => {
                format!("{} is {}one of {}", self.value(value), not(*negated), self.set(set))
            }
            Atom::Empty { value, negated } => format!("{} is {}empty", self.value(value), not(*negated)),
            Atom::EmptySet { set, negated } => format!("{} is {}empty", self.set(set), not(*negated)),
            Atom::Contains { array, element, negated } => {
                let verb = if *negated { "does not contain" } else { "contains" };
                format!("{} {verb} {}", self.value(array), self.value(element))
            }
            Atom::Has { whole, all: false, of, negated } => {
                let verb = if *negated { "has none of" } else { "has any of" };
                format!("{} {verb} {}", self.collection(whole), self.collection(of))
            }
            Atom::Has { whole, all: true, of, negated } => {
                format!("{}{} has all of {}", not(*negated), self.collection(whole), self.collection(of))
            }
            Atom::Part { whole, place, part, negated } => {
                format!("{} {} {}", self.value(whole), wording::place(*place, *negated), self.value(part))
            }
            Atom::IgnoringCase(inner) => format!("{} ignoring case", self.atom(inner)),
            Atom::Exists(exists) => self.exists(exists),
            Atom::Can(can) => format!("{}can {} {}", not(can.negated), can.operation.word(), self.path(&can.path)),
            Atom::Sql { text, negated, .. } => format!("{}sql \"{}\"", not(*negated), text.replace('"', "\\\"")),
            Atom::SignedIn => "Logged in User is not empty".to_owned(),
            Atom::Nobody => "Logged in User is empty".to_owned(),
            Atom::HoldsGlobally { roles, .. } => format!("globally {}", self.roles(roles)),
        }
    }

    /// What two values that are compared are.
    fn family(&self, left: &Value, right: &Value) -> Family {
        let constant = |value: &Value| matches!(value, Value::Literal(_));
        let telling = if constant(left) { right } else { left };
        telling.r#type(&self.model.catalog, self.model.identity.user_key).family()
    }

    /// A claim by its name, or by the path that leads to it.
    pub fn claim_path(&self, ClaimPath(steps): &ClaimPath) -> String {
        match steps.as_slice() {
            [only] if !only.starts_with('/') => format!("Claim \"{only}\""),
            steps => format!("Claim \"/{}\"", steps.join("/")),
        }
    }

    /// A claim, or an attribute of the session by its name.
    pub fn claim(&self, claim: &Claim) -> String {
        match claim {
            Claim::Token(path) => self.claim_path(path),
            Claim::Attribute { name, .. } => format!("Session's {name}"),
        }
    }

    fn exists(&self, exists: &Exists) -> String {
        if let Some(climb) = &exists.climb {
            return self.at_any_level(exists, climb);
        }
        let (word, of) = (quantity(exists), if exists.enough == Enough::ONE { "record of " } else { "records of " });
        let table = &self.model.catalog.table(exists.table).name;
        let mut parts = Vec::new();
        let of = match &exists.link {
            Some(link) if self.is_reference(link) && self.model.catalog.column(link.path.column).references.is_some() => {
                format!("{}'s ", self.path(&link.path))
            }
            Some(link) if self.is_reference(link) => String::new(),
            Some(link) => {
                let own = Path { table: exists.table, hops: Vec::new(), column: link.column };
                parts.push(format!("{} equals this record's {}", self.path(&own), self.path(&link.path)));
                of.to_owned()
            }
            None => of.to_owned(),
        };
        match &exists.condition {
            Condition::All(all) if all.is_empty() => {}
            condition if parts.is_empty() => parts.push(self.condition(condition)),
            Condition::Any(_) => parts.push(format!("({})", self.condition(&exists.condition))),
            condition => parts.push(self.condition(condition)),
        }
        let by = exists.link.as_ref().filter(|link| self.is_reference(link)).and_then(|link| self.which_reference(link));
        let whole = format!("{word} {of}{table}{}", by.unwrap_or_default());
        let whole = if parts.is_empty() { whole } else { format!("{whole} where ({})", parts.join(" and ")) };
        whole + &self.compared_number(exists)
    }

    /// What a number of rows is compared with, and how.
    fn compared_number(&self, exists: &Exists) -> String {
        let Enough::Value { number, more } = &exists.enough else { return String::new() };
        let operator = match (exists.negated, more) {
            (false, false) => "at least",
            (false, true) => "greater than",
            (true, false) => "less than",
            (true, true) => "at most",
        };
        format!(" is {operator} {}", self.value(number))
    }

    /// Which reference links rows, where there are several.
    fn which_reference(&self, link: &Link) -> Option<String> {
        let (catalog, table) = (&self.model.catalog, link.column.table);
        let referencing = |index: u32| catalog.entity(ColumnRef { table, column: index }) == catalog.entity(link.column);
        let references = catalog.table(table).values().filter(|(_, column)| column.references.is_some());
        let count = references.filter(|(index, _)| referencing(*index)).count();
        let own = Path { table, hops: Vec::new(), column: link.column };
        (count > 1).then(|| format!(" by {}", self.path(&own)))
    }

    /// Whether rows are linked by a key that they reference.
    fn is_reference(&self, link: &Link) -> bool {
        let entity = |column| self.model.catalog.entity(column);
        self.model.catalog.column(link.column).references.is_some() && entity(link.column) == entity(link.path.column)
    }

    /// Rows above a row; where only their key is compared, as it is written then.
    fn at_any_level(&self, exists: &Exists, climb: &Climb) -> String {
        let level = self.level(exists, climb);
        let is_key = |value: &Value| {
            let unique = |path: &Path| path.hops.is_empty() && self.model.catalog.is_unique(path.column);
            value.record().is_some_and(unique)
        };
        let linked = exists.link.as_ref().filter(|_| climb.start.is_some());
        let verb = format!("is {}one of", not(exists.negated));
        let nothing = matches!(&exists.condition, Condition::All(all) if all.is_empty());
        match (&exists.condition, linked) {
            (_, Some(link)) if nothing && exists.enough == Enough::ONE => {
                return format!("{} {verb} {level}", self.path(&link.path));
            }
            (Condition::Atom(atom), None) if exists.enough == Enough::ONE => match &**atom {
                Atom::Compare { left, operator: Comparison::Equal, right } if is_key(left) => {
                    return match right.from_outside() {
                        Some(other @ Value::Record(_)) => format!("{} {verb} {level}", self.value(&other)),
                        other => format!("{level} is {}{}", not(exists.negated), self.value(&other.unwrap_or(right.clone()))),
                    };
                }
                Atom::Member { value, set, negated: false } if is_key(value) => {
                    return format!("{level} {verb} {}", self.set(set));
                }
                Atom::OneOf { value, list, negated: false } if is_key(value) => {
                    let list: Vec<String> = list.iter().map(literal).collect();
                    return format!("{level} {verb} ({})", list.join(", "));
                }
                _ => {}
            },
            _ => {}
        }
        let mut parts = Vec::new();
        if let Some(link) = linked {
            let own = Path { table: exists.table, hops: Vec::new(), column: link.column };
            parts.push(format!("{} equals this record's {}", self.path(&own), self.path(&link.path)));
        }
        if !nothing {
            parts.push(match &exists.condition {
                condition @ Condition::Any(_) if !parts.is_empty() => format!("({})", self.condition(condition)),
                condition => self.condition(condition),
            });
        }
        let whole = format!("{} {level}", quantity(exists));
        let whole = if parts.is_empty() { whole } else { format!("{whole} where ({})", parts.join(" and ")) };
        whole + &self.compared_number(exists)
    }

    /// `Manager at any level`, `Folder or its Parent at any level`
    fn level(&self, exists: &Exists, climb: &Climb) -> String {
        let begin = match (&climb.start, &exists.link) {
            (Some((_, Value::Outer(outer))), _) if self.is_record_itself(&outer.path) => outer.called.clone(),
            (Some((_, value)), _) => self.value(value),
            (None, Some(link)) => self.path(&link.path),
            (None, None) => String::new(),
        };
        let foreign_key = climb.parent.foreign_key;
        let parent = Path { table: foreign_key.table, hops: Vec::new(), column: foreign_key };
        let its = if climb.is_followed { String::new() } else { format!(" or its {}", self.path(&parent)) };
        format!("{begin}{its} at any level")
    }

    pub(crate) fn value(&self, value: &Value) -> String {
        match value {
            Value::Record(path) => self.path(path),
            Value::User(path) if self.is_row_of_user(path) => "Logged in User".to_owned(),
            Value::User(path) => format!("User's {}", self.path(path)),
            Value::Outer(outer) => format!("{}'s {}", outer.called, self.path(&outer.path)),
            Value::Former(path) => format!("the former {}", self.path(path)),
            Value::LoggedInUser => "Logged in User".to_owned(),
            Value::Literal(value) => literal(value),
            Value::Now(_) => "now".to_owned(),
            Value::Today(_) => "today".to_owned(),
            Value::Tomorrow(_) => "tomorrow".to_owned(),
            Value::Shifted(duration, _) => {
                let (amount, unit) = (duration.amount.unsigned_abs(), duration.unit.word());
                let plural = if amount == 1 { "" } else { "s" };
                if duration.amount < 0 { format!("{amount} {unit}{plural} ago") } else { format!("in {amount} {unit}{plural}") }
            }
            Value::Claim(claim, _) => self.claim(claim),
            Value::Referenced(of) => format!("{}'s {}", self.claim(&of.by), self.path(&of.path)),
        }
    }

    /// Whether a path from the user's row leads to its primary key, which a rule calls the user, whatever the session says.
    fn is_row_of_user(&self, path: &Path) -> bool {
        let model = self.model;
        let key = &model.catalog.table(path.table).primary_key;
        path.hops.is_empty() && key.as_slice() == [path.column.column] && path.column != model.identity.user_key
    }

    fn collection(&self, list: &Collection) -> String {
        match list {
            Collection::Value(value) => self.value(value),
            Collection::Set(set) => self.set(set),
            Collection::List(items) => format!("({})", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        }
    }

    pub(crate) fn set(&self, set: &Set) -> String {
        let membership = &self.model.membership(set.membership).name;
        let mut text = format!("User's {membership}");
        if let Some(tail) = &set.tail {
            text = format!("{text}'s {}", self.path(tail));
        }
        match &set.roles {
            Some(roles) => format!("{text} as {}", self.roles(roles)),
            None => text,
        }
    }

    fn roles(&self, roles: &[RoleId]) -> String {
        roles.iter().map(|&id| self.model.role(id).name.as_str()).collect::<Vec<_>>().join(" or ")
    }
}

/// How many rows there have to be.
fn quantity(exists: &Exists) -> String {
    match (&exists.enough, exists.negated) {
        (Enough::Rows(1), false) => "any".to_owned(),
        (Enough::Rows(1), true) => "no".to_owned(),
        (Enough::Rows(count), false) => format!("at least {count}"),
        (Enough::Rows(count), true) => format!("fewer than {count}"),
        (Enough::Value { .. }, _) => "number of".to_owned(),
    }
}

/// A path in title case: `Assigned Agent's User`.
pub(super) fn path(catalog: &Catalog, path: &Path) -> String {
    let steps = path.hops.iter().map(|hop| hop.foreign_key).chain([path.column]);
    let names: Vec<String> = steps
        .map(|column| {
            let column = catalog.column(column);
            // The second key of a foreign key is its name without the `id`.
            title_case(column.keys.get(1).or(column.keys.first()).unwrap_or(&column.name))
        })
        .collect();
    names.join("'s ")
}

/// `assigned agent` as `Assigned Agent`.
pub(super) fn title_case(words: &str) -> String {
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
    };
    words.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

fn literal(literal: &Literal) -> String {
    match literal.r#type {
        _ if literal.is_day => format!("date \"{}\"", literal.text),
        Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double | Type::Boolean => {
            literal.text.clone()
        }
        _ => format!("\"{}\"", literal.text),
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "not " } else { "" }
}
