//! What a membership says beside who belongs to what: that it counts beneath, too. In: the configuration, the columns that are bound already. Out: a reference
//! that is followed.

use super::Binder;
use crate::catalog::ColumnRef;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Hop;

impl Binder<'_> {
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
