//! The signed-in user as a row: which keys it has, and how a column that holds one of them says "the user". In: columns of the catalog. Out: values.
//! It does not know rules.

use super::condition::{Atom, Exists};
use super::settings::Identity;
use super::value::{Path, Set, Value};
use super::{Condition, Model};
use crate::catalog::{Catalog, ColumnRef, Type};

impl Identity {
    /// The signed-in user as a column has it that identifies users: what the session says, or the key of the row that has it. `None` for a column that
    /// identifies something else, or nothing.
    pub fn as_value_of(&self, catalog: &Catalog, column: ColumnRef) -> Option<Value> {
        let entity = catalog.entity(column)?;
        if catalog.entity(self.user_key).unwrap_or(self.user_key) == entity {
            return Some(Value::LoggedInUser);
        }
        if catalog.is_tuple(entity) && entity.table == self.user_key.table {
            return Some(Value::User(Path { table: entity.table, hops: Vec::new(), column: entity }));
        }
        let key = self.other_keys(catalog).into_iter().find(|&key| catalog.entity(key) == Some(entity))?;
        Some(Value::User(Path { table: key.table, hops: Vec::new(), column: key }))
    }

    /// The keys of the user's row beside the one that the session says: the primary key, and unique columns that reference nothing else.
    pub fn other_keys(&self, catalog: &Catalog) -> Vec<ColumnRef> {
        let table = catalog.table(self.user_key.table);
        let is_key = |key: &&Vec<u32>, is_primary: bool| match key.as_slice() {
            [column] => is_primary || table.columns[*column as usize].references.is_none(),
            _ => false,
        };
        let primary = std::iter::once(&table.primary_key).filter(|key| is_key(key, true));
        let unique = table.unique.iter().filter(|key| is_key(key, false));
        let columns = primary.chain(unique).flatten().map(|&column| ColumnRef { table: self.user_key.table, column });
        columns.filter(|column| *column != self.user_key).collect()
    }
}

impl Model {
    /// The signed-in user as a column has it that references the user.
    pub fn user_as(&self, column: ColumnRef) -> Value {
        self.identity.as_value_of(&self.catalog, column).unwrap_or(Value::LoggedInUser)
    }

    /// Whether a value is the signed-in user, by whichever key.
    pub fn is_user(&self, value: &Value) -> bool {
        match value {
            Value::LoggedInUser => true,
            Value::User(path) => path.hops.is_empty() && self.user_as(path.column) == *value,
            _ => false,
        }
    }

    /// What a set of the user's begins at: the key that its membership references, or that somebody is signed in.
    pub fn start_of(&self, set: &Set) -> Value {
        self.membership(set.membership).user().map_or(Value::LoggedInUser, |user| self.user_as(user))
    }

    /// The values from outside of other rows without which it is not known that there are none ([`Exists::operands_from_outside`]): also what sets of
    /// the user's need.
    pub fn operands_from_outside(&self, exists: &Exists) -> Vec<Value> {
        let mut operands = exists.operands_from_outside();
        self.collect_needed(&exists.condition, &mut operands);
        self.read_as_lists(&exists.condition, &mut operands);
        operands.sort();
        operands.dedup();
        operands
    }

    /// A claim that is asked what it contains is there where it is a list of what is looked for.
    pub(super) fn read_as_lists(&self, condition: &Condition, operands: &mut Vec<Value>) {
        let mut lists = Vec::new();
        condition.for_each_atom(&mut |atom: &Atom| {
            if let Atom::Contains { array: json @ Value::Claim(claim, Type::Jsonb), element, .. } = atom.without_case()
                && operands.contains(json)
            {
                let element = Box::new(element.r#type(&self.catalog, self.identity.user_key));
                lists.push((json.clone(), Value::Claim(claim.clone(), Type::Array(element))));
            }
        });
        operands.retain(|operand| !lists.iter().any(|(json, _)| json == operand));
        operands.extend(lists.into_iter().map(|(_, list)| list));
    }
}
