//! The configuration's section `accepted`: names of what may be in the database beside the rules. Whether it is there is not known here.

use std::collections::BTreeMap;

use super::Binder;
use crate::catalog::{QualifiedName, TableId, check_identifier};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Accepted;

impl Binder<'_> {
    pub(super) fn bind_accepted(&mut self) -> Accepted {
        let config = &self.config.accepted;
        let mut accepted = Accepted {
            views: self.accepted_names("views", &config.views.0, QualifiedName::parse),
            policies: Vec::new(),
            functions: self.accepted_names("functions", &config.functions.0, signature),
            tables: self.accepted_names("tables", &config.tables.0, QualifiedName::parse),
            logins: self.accepted_names("logins", &config.logins.0, |name| check_identifier(name).map(|()| name.to_owned())),
            privileges: self.accepted_privileges(),
        };
        for (table, policies) in &config.policies.0 {
            let place = ["accepted", "policies", table];
            let Some(id) = self.config_table(table, &place) else { continue };
            for (name, reason) in &policies.0 {
                self.check_reason(name, reason, &["accepted", "policies", table, name]);
                if let Err(problem) = check_identifier(name) {
                    self.not_accepted(problem, &["accepted", "policies", table, name]);
                }
                accepted.policies.push((id, name.clone()));
            }
        }
        let in_schema_file = accepted.tables.iter().filter(|name| self.catalog.by_name(name).is_some());
        let known: Vec<String> = in_schema_file.map(QualifiedName::to_string).collect();
        for name in known {
            let title = format!("`{name}` is in the schema file, so there is nothing to accept");
            self.not_accepted(title, &["accepted", "tables"]);
        }
        accepted
    }

    /// Privileges that others have granted on their tables.
    fn accepted_privileges(&mut self) -> Vec<(TableId, String, String)> {
        let mut accepted = Vec::new();
        for (table, entries) in &self.config.accepted.privileges.0 {
            let place = ["accepted", "privileges", table.as_str()];
            let Some(id) = self.config_table(table, &place) else { continue };
            if !self.catalog.table(id).takes_policies_only() {
                let title = format!(
                    "nobody keeps a privilege on `{table}`: what is granted there is revoked, or is its owner's to answer for"
                );
                let span = self.config_place(&place);
                let help = "privileges are accepted on tables that are `policies_only`";
                self.report(Diagnostic::new(Code::Accepted, span, title).with_help(help));
            }
            for (name, reason) in &entries.0 {
                let place = ["accepted", "privileges", table, name];
                self.check_reason(name, reason, &place);
                match granted(name) {
                    Ok(all) => accepted.extend(all.into_iter().map(|(privilege, role)| (id, privilege, role))),
                    Err(problem) => self.not_accepted(problem, &place),
                }
            }
        }
        accepted
    }

    /// The names of one section, as far as they can be read.
    fn accepted_names<T>(
        &mut self,
        section: &str,
        entries: &BTreeMap<String, String>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut names = Vec::new();
        for (name, reason) in entries {
            let place = ["accepted", section, name];
            self.check_reason(name, reason, &place);
            match read(name) {
                Ok(found) => names.push(found),
                Err(problem) => self.not_accepted(problem, &place),
            }
        }
        names
    }

    fn check_reason(&mut self, name: &str, reason: &str, place: &[&str]) {
        if reason.trim().is_empty() {
            self.not_accepted(format!("`{name}` is accepted without a reason"), place);
        }
    }

    fn not_accepted(&mut self, title: String, place: &[&str]) {
        let span = self.config_place(place);
        let help = "write the name as the last step prints it, and why it is meant to be there: `reports.totals: \"published figures only\"`";
        self.report(Diagnostic::new(Code::Accepted, span, title).with_help(help));
    }
}

/// Privileges that no policy decides about, and to whom they are granted.
const WHOLE: [&str; 4] = ["TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"];

/// `TRUNCATE, TRIGGER TO anon, authenticated`
fn granted(text: &str) -> Result<Vec<(String, String)>, String> {
    let problem = || {
        format!(
            "`{text}` does not say what is granted to whom, as in `TRUNCATE, TRIGGER TO visitor`; there are {}",
            WHOLE.join(", ")
        )
    };
    let (privileges, roles) = text.split_once(" TO ").ok_or_else(problem)?;
    let words = |list: &str| list.split(',').map(|word| word.trim().to_owned()).collect::<Vec<String>>();
    let (privileges, roles) = (words(privileges), words(roles));
    if privileges.iter().any(|privilege| !WHOLE.contains(&privilege.as_str())) {
        return Err(problem());
    }
    roles.iter().try_for_each(|role| check_identifier(role))?;
    Ok(privileges.into_iter().flat_map(|one| roles.iter().map(move |role| (one.clone(), role.clone()))).collect())
}

/// A function with the types of its arguments: several functions may have one name.
fn signature(text: &str) -> Result<(QualifiedName, String), String> {
    let problem = || {
        format!("`{text}` does not say which function: write the types of its arguments, as in `reports.total(integer, text)`")
    };
    // Parentheses may stand in a quoted name, but not in what comes behind the last opening one, save for types with a modifier.
    let (name, arguments) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')).ok_or_else(problem)?;
    let types: Vec<&str> = arguments.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    Ok((QualifiedName::parse(name)?, types.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::signature;
    use crate::catalog::QualifiedName;

    #[test]
    fn functions_are_named_with_the_types_of_their_arguments() {
        let total = |arguments: &str| Ok((QualifiedName::new("reports", "total"), arguments.to_owned()));
        assert_eq!(signature("reports.total()"), total(""));
        assert_eq!(signature("reports.total(integer,text)"), total("integer, text"));
        assert_eq!(signature("reports.total( timestamp with time zone )"), total("timestamp with time zone"));
        for wrong in ["reports.total", "reports.total(", "()", "a.b.c()"] {
            assert!(signature(wrong).is_err(), "{wrong}");
        }
    }
}
