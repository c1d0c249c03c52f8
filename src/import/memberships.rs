//! Who belongs to what, and as what, as policies look it up. In: conditions. Out: entries of `memberships` and `roles`, and the roles that rules can name in the place of such a condition.

use std::collections::{BTreeMap, BTreeSet};

use super::labels;
use super::meaning::{Condition, Operator, RECORD, Value};
use super::settings::Settings;
use crate::catalog::{Catalog, ColumnRef, TableId, words};
use crate::config::Config;
use crate::yaml::scalar;

/// What conditions have told.
#[derive(Debug, Default)]
pub(super) struct Known {
    memberships: BTreeMap<Place, Membership>,
    /// Roles that a column of the user's row says, by the column and the value.
    of_users: BTreeMap<(ColumnRef, String), String>,
}

/// A table, its reference to the user, and that to what the user belongs to.
type Place = (TableId, u32, u32);

#[derive(Debug, Default)]
struct Membership {
    name: String,
    /// The column of the role; none where conditions look at several.
    role: Option<u32>,
    /// Names of roles, by what the column has.
    roles: BTreeMap<String, String>,
}

/// A condition that a row of a membership, or that of the user, has one of some values.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Member { place: Place, of: Value, role: Option<u32>, values: Vec<String> },
    User { column: ColumnRef, values: Vec<String> },
}

impl Known {
    /// What some conditions tell; names that a configuration has for it are kept.
    pub fn new<'c>(
        catalog: &Catalog,
        settings: &Settings,
        config: Option<&Config>,
        conditions: impl Iterator<Item = &'c Condition>,
    ) -> Known {
        let mut seen = Vec::new();
        conditions.for_each(|condition| collect(catalog, settings, condition, &mut seen));
        let mut roles: BTreeMap<Place, BTreeMap<u32, BTreeSet<String>>> = BTreeMap::new();
        let mut of_users: BTreeSet<(ColumnRef, String)> = BTreeSet::new();
        for one in seen {
            match one {
                Seen::Member { place, role, values, .. } => {
                    let columns = roles.entry(place).or_default();
                    role.into_iter().for_each(|role| columns.entry(role).or_default().extend(values.iter().cloned()));
                }
                Seen::User { column, values } => of_users.extend(values.into_iter().map(|value| (column, value))),
            }
        }
        let mut names = Names::new(settings, config);
        let mut known = Known::default();
        for (place, columns) in roles {
            let has_one = columns.len() == 1;
            // Where conditions look at several columns, none of them is *the* role.
            let only = columns.into_iter().next().filter(|_| has_one);
            let Some(name) = names.membership(catalog, place, only.as_ref().map(|(column, _)| *column)) else { continue };
            let mut membership = Membership { name, role: None, roles: BTreeMap::new() };
            if let Some((column, values)) = only {
                membership.role = Some(column);
                for value in values {
                    let test = |role: &crate::config::Role| role.membership.as_ref() == Some(&membership.name);
                    if let Some(role) = names.role(&value, &membership.name, test) {
                        membership.roles.insert(value, role);
                    }
                }
            }
            known.memberships.insert(place, membership);
        }
        for (column, value) in of_users {
            let own = catalog.column(column).name.clone();
            if let Some(role) = names.role(&value, &labels::title(&words(&own)), |role| role.column.as_ref() == Some(&own)) {
                known.of_users.insert((column, value), role);
            }
        }
        known
    }

    /// The entries of `memberships` and of `roles`, by their names.
    pub fn entries(&self, catalog: &Catalog) -> [Vec<(String, String)>; 2] {
        let column = |table: TableId, column: u32| scalar(&catalog.column(ColumnRef { table, column }).name);
        let membership = |(place, one): (&Place, &Membership)| {
            let (table, user, within) = *place;
            let role = one.role.map(|role| format!(", role: {}", column(table, role))).unwrap_or_default();
            let name = scalar(&catalog.table(table).name.written());
            let entry = format!("{{ table: {name}, user: {}, within: {}{role} }}", column(table, user), column(table, within));
            (one.name.clone(), entry)
        };
        let of_membership = |one: &Membership| -> Vec<(String, String)> {
            let entry = |value: &String| format!("{{ membership: {}, equals: {} }}", scalar(&one.name), scalar(value));
            one.roles.iter().map(|(value, name)| (name.clone(), entry(value))).collect()
        };
        let of_user = |((at, value), name): (&(ColumnRef, String), &String)| {
            (name.clone(), format!("{{ column: {}, equals: {} }}", column(at.table, at.column), scalar(value)))
        };
        let roles = self.memberships.values().flat_map(of_membership).chain(self.of_users.iter().map(of_user));
        [self.memberships.iter().map(membership).collect(), roles.collect()]
    }

    /// The roles that mean one part of a condition on a record, each with the column that leads from there to what it is held within, and the rest of the condition.
    pub fn subjects(&self, catalog: &Catalog, settings: &Settings, condition: &Condition) -> Option<(Vec<Subject>, Condition)> {
        let parts = condition.conjuncts();
        let (place, subjects) = parts.iter().enumerate().find_map(|(place, part)| {
            let subjects = match seen(catalog, settings, part)? {
                Seen::Member { place, of, role, values } => {
                    let known = self.memberships.get(&place).filter(|known| role.is_some() && known.role == role)?;
                    // A path ends with a reference; the record itself is the one that has the key.
                    let is_record = matches!(&of, Value::Column { row: RECORD, hops, column }
                        if catalog.column(*column).references.is_some() || hops.is_empty());
                    let name = |value: &String| Some((known.roles.get(value)?.clone(), Some(of.clone())));
                    values.iter().map(name).collect::<Option<Vec<_>>>().filter(|_| is_record)?
                }
                Seen::User { column, values } => {
                    let name = |value: &String| Some((self.of_users.get(&(column, value.clone()))?.clone(), None));
                    values.iter().map(name).collect::<Option<Vec<_>>>()?
                }
            };
            Some((place, subjects))
        })?;
        let mut rest = parts.to_vec();
        rest.remove(place);
        let rest = match rest.len() {
            0 => Condition::Constant(true),
            1 => rest.remove(0),
            _ => Condition::All(rest),
        };
        Some((subjects, rest))
    }
}

/// A role, and the value of the record that says within what.
pub(super) type Subject = (String, Option<Value>);

/// All that a condition looks up in this way, however deep.
fn collect(catalog: &Catalog, settings: &Settings, condition: &Condition, found: &mut Vec<Seen>) {
    found.extend(seen(catalog, settings, condition));
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(catalog, settings, part, found));
        }
        Condition::Not(inner) | Condition::Exists { condition: inner, .. } => collect(catalog, settings, inner, found),
        _ => {}
    }
}

/// Whether a condition says nothing else than that such a row is there.
fn seen(catalog: &Catalog, settings: &Settings, condition: &Condition) -> Option<Seen> {
    // That there is none makes nobody a member.
    let Condition::Exists { row, table, condition, negated: false } = condition else { return None };
    let own = |value: &Value| match value {
        Value::Column { row: of, hops, column } if of == row && hops.is_empty() => Some(*column),
        _ => None,
    };
    let is_user = |value: &Value| matches!(value, Value::Session(session) if settings.is_identity(session));
    let (mut user, mut within): (Option<ColumnRef>, Option<(ColumnRef, Value)>) = (None, None);
    let mut role: Option<(ColumnRef, Vec<String>)> = None;
    for part in condition.conjuncts() {
        let is_first = match part {
            Condition::Compare(left, Operator::Equal, right) => {
                let (column, other) =
                    own(left).map(|column| (column, right)).or_else(|| own(right).map(|column| (column, left)))?;
                match other {
                    other if is_user(other) => user.replace(column).is_none(),
                    Value::Text(text) => role.replace((column, vec![text.clone()])).is_none(),
                    Value::Column { row: of, .. } if of != row => within.replace((column, other.clone())).is_none(),
                    _ => return None,
                }
            }
            Condition::OneOf(value, list, false) => {
                let text = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
                role.replace((own(value)?, list.iter().map(text).collect::<Option<Vec<_>>>()?)).is_none()
            }
            _ => return None,
        };
        if !is_first {
            return None;
        }
    }
    let user = user?;
    let Some((column, of)) = within else {
        let (role, values) = role?;
        return (user == settings.user_key).then_some(Seen::User { column: role, values });
    };
    let refers = |column: ColumnRef| catalog.column(column).references.is_some().then(|| catalog.entity(column)).flatten();
    let Value::Column { column: outside, .. } = of else { return None };
    // What leads from a user to a user is no membership of anything.
    let users = settings.user_entity(catalog);
    let fits = refers(user) == Some(users)
        && refers(column).is_some_and(|target| target != users)
        && refers(column) == Some(catalog.entity(outside).unwrap_or(outside));
    let (role, values) = role.map_or((None, Vec::new()), |(role, values)| (Some(role.column), values));
    fits.then_some(Seen::Member { place: (*table, user.column, column.column), of, role, values })
}

/// Names that are given, each once.
struct Names<'a> {
    config: Option<&'a Config>,
    taken: BTreeSet<String>,
    memberships: BTreeSet<String>,
}

impl<'a> Names<'a> {
    fn new(settings: &Settings, config: Option<&'a Config>) -> Names<'a> {
        let own = config.map(|config| &config.roles.0).into_iter().flat_map(BTreeMap::keys).cloned();
        let built_in = ["Anyone", "Authenticated"].map(str::to_owned);
        let of_sessions = settings.application.iter().map(|role| settings.rule_role(role));
        let memberships = config.map(|config| &config.memberships.0).into_iter().flat_map(BTreeMap::keys);
        Names {
            config,
            taken: own.chain(built_in).chain(of_sessions).map(|name| words(&name)).collect(),
            memberships: memberships.map(|name| words(name)).collect(),
        }
    }

    /// What the configuration calls it, or after what it leads to.
    fn membership(&mut self, catalog: &Catalog, (table, user, within): Place, role: Option<u32>) -> Option<String> {
        let column = |column: u32| catalog.column(ColumnRef { table, column }).name.as_str();
        let known = self.config.into_iter().flat_map(|config| &config.memberships.0).find(|(_, entry)| {
            catalog.named(&entry.table) == Some(table)
                && entry.user.as_deref() == Some(column(user))
                && entry.within.as_deref() == Some(column(within))
                && role.is_none_or(|role| entry.role.as_deref() == Some(column(role)))
                && entry.r#where.is_none()
                && entry.below.is_none()
        });
        if let Some((name, _)) = known {
            return Some(name.clone());
        }
        let (of, by) = (words(column(within)), words(&catalog.table(table).name.name));
        let base = of.strip_suffix(" id").unwrap_or(&of).to_owned();
        let name =
            [base.clone(), by.clone(), format!("{base} {by}")].into_iter().find(|name| !self.memberships.contains(name))?;
        self.memberships.insert(name.clone());
        labels::is_plain(&name).then(|| labels::title(&name))
    }

    /// The same of a role with a value; where the name is taken, with what it is held in.
    fn role(&mut self, value: &str, within: &str, is_it: impl Fn(&crate::config::Role) -> bool) -> Option<String> {
        let roles = self.config.into_iter().flat_map(|config| &config.roles.0);
        let mut same = roles.filter(|(_, role)| {
            is_it(role)
                && role.path.is_none()
                && !role.global
                && role.equals.as_ref().is_some_and(|equals| equals.text() == value)
        });
        if let Some((name, _)) = same.next() {
            return Some(name.clone());
        }
        let base = words(value);
        let name = [base.clone(), format!("{} {base}", words(within))].into_iter().find(|name| !self.taken.contains(name))?;
        self.taken.insert(name.clone());
        labels::is_plain(&name).then(|| labels::title(&name))
    }
}
