//! What a statement stores, once the application's own triggers have made something else of it; and values that are chosen for that. In: a row, the
//! columns that are assigned. Out: the row as it is stored, as far as the evaluator has to know.

use rowgate::access::evaluate::{self, Datum};

use super::decisions::Decisions;
use super::hostile::parent;
use super::probe::Privileges;
use super::schema::{Table, key, twin};
use crate::random::Random;

impl Decisions<'_> {
    /// What the application's trigger makes of the value of a column that a statement assigns.
    pub fn stored(&self, table: &Table, position: usize, value: &Option<String>) -> Option<String> {
        let is_text = table.columns[position].r#type == "text" && table.columns[position].references.is_none();
        match value.as_deref() {
            Some("A") if is_text && self.normalised.contains(table.name) => Some("a".to_owned()),
            Some("aB") if is_text && self.normalised.contains(table.name) => Some("ab".to_owned()),
            _ => value.clone(),
        }
    }

    /// What an update of some columns stores.
    pub fn settled(&self, table: &Table, row: &[Option<String>], assigned: &[usize]) -> Vec<Option<String>> {
        let stored = |(position, value)| match assigned.contains(&position) {
            true => self.stored(table, position, value),
            false => Option::clone(value),
        };
        row.iter().enumerate().map(stored).collect()
    }

    /// A record before and after an update, once a trigger has filled what is marked so. That counts as changed only where the statement assigns it:
    /// elsewhere the record before is shown to the evaluator with what the trigger makes of it, about which no condition asks.
    pub fn filled(&self, table: &Table, row: &[Option<String>], after: &mut [Datum], assigned: &[usize]) -> Vec<Datum> {
        let mut before = self.read(table, row, 0);
        for (position, column) in table.columns.iter().enumerate().filter(|(_, column)| column.filled) {
            let entry = self.model.catalog.table(self.id(table.name));
            let index = entry.column_named(&column.name).unwrap() as usize;
            if self.filled.contains(table.name) {
                let next = row[position].as_ref().map_or(0, |count| count.parse::<i64>().unwrap()) + 1;
                after[index] = evaluate::parse(&self.model.catalog, &entry.columns[index].r#type, &next.to_string(), 0).unwrap();
            }
            if !assigned.contains(&position) {
                before[index] = after[index].clone();
            }
        }
        before
    }

    /// Instead of all that was to be assigned: to one column what equals its value by some operator or collation, and is stored otherwise; or what a
    /// trigger of the application stores as something else.
    pub fn twin(
        &self,
        random: &mut Random,
        table: &Table,
        row: &[Option<String>],
        privileges: &Privileges,
        (after, assigned): (&mut [Option<String>], &mut Vec<usize>),
    ) {
        let unlike = ["A", "aB"][random.below(2)];
        let is_uniform = |position: usize| self.stored(table, position, &Some(unlike.to_owned())).as_deref() != Some(unlike);
        let of = |position: usize| match is_uniform(position) {
            true => Some(unlike),
            false => twin(table.columns[position].r#type, row[position].as_deref()?),
        };
        let is_meant = |position: &usize| {
            let column = &table.columns[*position];
            privileges.update.contains(&column.name) && self.is_there(table, &column.name) && of(*position).is_some()
        };
        let all: Vec<usize> = (1..table.columns.len()).filter(is_meant).collect();
        let Some(&position) = all.get(random.below(all.len())) else { return };
        after.clone_from_slice(row);
        after[position] = of(position).map(str::to_owned);
        *assigned = vec![position];
    }

    /// To another partition, besides whatever else is assigned.
    pub fn moves(&self, table: &Table, privileges: &Privileges, after: &mut [Option<String>], assigned: &mut Vec<usize>) {
        let name = parent(table.name);
        let Some(position) = table.columns.iter().position(|column| column.name == name) else { return };
        if !privileges.update.contains(name) || !self.is_there(table, name) {
            return;
        }
        let first = key(table.columns[position].r#type, 1);
        let is_first = after[position].as_ref() == Some(&first);
        after[position] = Some(if is_first { key(table.columns[position].r#type, 2) } else { first });
        if !assigned.contains(&position) {
            assigned.push(position);
        }
    }
}
