//! Attributes of the session. In: the configuration's section `session`, and paths that begin with `Session's`. Out: what is declared, and operands
//! with a type of their own. Where a record has such a path, too, neither is taken.

use super::operands::Operand;
use super::setup::setting_name;
use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, Family, TableId, Type, words};
use crate::config::SessionAttribute;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::describe::title_case;
use crate::model::{Attribute, AttributeSource, ClaimPath, ClaimsSource, Path, Provider, Referenced, Value};

impl Binder<'_> {
    pub(super) fn bind_attributes(&mut self) -> Vec<Attribute> {
        let mut attributes: Vec<Attribute> = Vec::new();
        for (name, entry) in &self.config.session.0 {
            let place = ["session", name.as_str()];
            let is_label = !key(name).is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '_');
            if !is_label {
                self.no_attribute(
                    &place,
                    format!("`{name}` is no label"),
                    "a label is one or more words: `Tenant`, `Active Team`",
                );
            } else if let Some(other) = attributes.iter().find(|other| key(&other.name) == key(name)) {
                let title = format!("`{name}` and `{}` are one label", other.name);
                self.no_attribute(&place, title, "call one of them something else");
            } else if let Some(attribute) = self.attribute(name, entry) {
                attributes.push(attribute);
            }
        }
        attributes
    }

    fn attribute(&mut self, name: &str, entry: &SessionAttribute) -> Option<Attribute> {
        let source = self.source(name, entry);
        let references = match &entry.references {
            Some(target) => Some(self.referenced_key(name, target)?),
            None => None,
        };
        let r#type = self.type_of_attribute(name, entry, references)?;
        Some(Attribute { name: name.to_owned(), source: source?, r#type, references, is_list: entry.list })
    }

    fn source(&mut self, name: &str, entry: &SessionAttribute) -> Option<AttributeSource> {
        match (&entry.setting, &entry.claim) {
            (Some(setting), None) => self.setting_of_attribute(name, setting).map(AttributeSource::Setting),
            (None, Some(claim)) => {
                let span = self.config_place(&["session", name, "claim"]);
                self.require_claims(span);
                let path = ClaimPath::parse(claim);
                if path.is_written_by_users() {
                    self.report_written_by_users(span, format!("whoever holds a token can write what `Session's {name}` is"));
                }
                Some(AttributeSource::Claim(path))
            }
            _ => {
                let title = format!("`{name}` needs either `setting` or `claim`");
                self.no_attribute(
                    &["session", name],
                    title,
                    "say where it comes from: `setting: app.tenant_id`, or `claim: tenant`",
                );
                None
            }
        }
    }

    fn setting_of_attribute(&mut self, name: &str, setting: &str) -> Option<String> {
        let place = ["session", name, "setting"];
        let identity = self.identity.as_ref();
        let is_identity = identity.is_some_and(|identity| identity.provider == Provider::Setting(setting.to_owned()));
        let is_token = identity.is_some_and(|identity| identity.claims == Some(ClaimsSource::Setting(setting.to_owned())));
        if is_identity {
            self.no_attribute(&place, format!("`{setting}` says who is signed in"), "rules call that `Logged in User`");
            return None;
        }
        if is_token {
            self.no_attribute(&place, format!("`{setting}` holds the whole token"), "name one of its claims: `claim: tenant`");
            return None;
        }
        match setting_name(setting) {
            Ok(name) => Some(name),
            Err(reason) => {
                self.no_attribute(&place, reason, "name the setting that the application sets: `setting: app.tenant_id`");
                None
            }
        }
    }

    fn referenced_key(&mut self, name: &str, target: &str) -> Option<ColumnRef> {
        let place = ["session", name, "references"];
        match self.catalog.key_named(target) {
            Ok(key) if self.catalog.is_unique(key) => Some(key),
            Ok(key) => {
                let title = format!("`{}` is no key", self.column_name(key));
                self.no_attribute(&place, title, "name a table, or a column that is a primary key or unique");
                None
            }
            Err((code, title, near)) => {
                let diagnostic = Diagnostic::new(code, self.config_place(&place), title);
                self.report(diagnostic.with_nearest(near));
                None
            }
        }
    }

    /// What is written, or what the key is that it references; text where neither is said.
    fn type_of_attribute(&mut self, name: &str, entry: &SessionAttribute, references: Option<ColumnRef>) -> Option<Type> {
        let place = ["session", name, "type"];
        let of_key = references.map(|key| self.catalog.column(key).r#type.clone());
        let Some(text) = &entry.r#type else { return Some(of_key.unwrap_or(Type::Text)) };
        let found = match Type::parse(text, self.catalog.enums()) {
            Ok(found) => found,
            Err(no_type) => {
                let diagnostic = Diagnostic::new(Code::UnknownType, self.config_place(&place), no_type.reason);
                self.report(no_type.help.into_iter().fold(diagnostic, Diagnostic::with_help));
                return None;
            }
        };
        if let Some(of_key) = of_key.filter(|of_key| of_key.family() != found.family()) {
            let title = format!("`{name}` is `{found}`, and the key that it references is `{of_key}`");
            self.no_attribute(&place, title, "leave `type` out: it is that of the key");
            return None;
        }
        let is_possible = match found.family() {
            Family::Structured => false,
            Family::Interval | Family::Other(_) => !entry.list,
            _ => true,
        };
        if !is_possible {
            let title = format!("no attribute of the session is `{found}`{}", if entry.list { " many times" } else { "" });
            self.no_attribute(&place, title, "write the type of one value; where there may be many, add `list: true`");
            return None;
        }
        Some(found)
    }

    fn no_attribute(&mut self, place: &[&str], title: String, help: &str) {
        let span = self.config_place(place);
        self.report(Diagnostic::new(Code::SessionAttribute, span, title).with_help(help));
    }

    /// Whether a path is one of the session rather than of the record: of the two, only declared names belong to the session.
    pub(super) fn is_of_session(&self, table: TableId, steps: &[ast::Label]) -> bool {
        let [first, name, ..] = steps else { return false };
        let is_session = !first.exact && key(&first.text) == "session";
        let is_declared = self.config.session.0.keys().any(|declared| key(declared) == key(&name.text));
        is_session && (is_declared || self.columns(table, first).is_empty())
    }

    /// `Session's Tenant`, `Session's Tenant's Name`
    pub(super) fn session(&mut self, table: TableId, steps: &[ast::Label]) -> Option<Operand> {
        let [first, name, rest @ ..] = steps else { return None };
        let Some(attribute) = self.attributes.iter().find(|known| key(&known.name) == key(&name.text)).cloned() else {
            self.unknown_attribute(name);
            return None;
        };
        if self.reaches(table, steps) {
            self.both(table, first, &attribute);
            return None;
        }
        let value_type = match attribute.is_list {
            true => Type::Array(Box::new(attribute.r#type.clone())),
            false => attribute.r#type.clone(),
        };
        if rest.is_empty() {
            let value = Value::Claim(attribute.claim(), value_type.clone());
            return Some(Operand::Session { value, r#type: value_type, references: attribute.references });
        }
        let key = self.one_referenced(&attribute, name)?;
        let path = self.path(key.table, &ast::Path { steps: rest.to_vec() })?;
        let column = path.column;
        // The key that leads there is what the session says, as far as there is such a row.
        let value = Value::Referenced(Referenced { by: attribute.claim(), key, path });
        Some(Operand::Single { value, column })
    }

    /// The key that one value of the session is; paths go on from nothing else.
    fn one_referenced(&mut self, attribute: &Attribute, label: &ast::Label) -> Option<ColumnRef> {
        let name = &attribute.name;
        let (code, title, help) = match attribute.references {
            Some(key) if !attribute.is_list => return Some(key),
            Some(key) => {
                let table = &self.catalog.table(key.table).name;
                let column = title_case(&words(&self.catalog.column(key).name));
                let help = format!("ask for rows: `any record of {table} where ({column} is one of Session's {name} and …)`");
                (Code::ManyValued, format!("the session may have many of `{name}`, and a path goes on from one"), help)
            }
            None => {
                let title = format!("`Session's {name}` references no table");
                let help = format!("say in rowgate.yaml what it is a key of: `{name}: {{ …, references: … }}`");
                (Code::NotARelation, title, help)
            }
        };
        self.report(Diagnostic::new(code, label.span, title).with_help(help));
        None
    }

    fn unknown_attribute(&mut self, name: &ast::Label) {
        if self.config.session.0.keys().any(|declared| key(declared) == key(&name.text)) {
            // Its definition has been reported.
            return;
        }
        let title = format!("the session has no attribute `{}`", name.text);
        let known: Vec<String> = self.config.session.0.keys().cloned().collect();
        let found = Diagnostic::new(Code::UnknownColumn, name.span, title).with_suggestion(
            name.span,
            &name.text,
            known.iter().map(String::as_str),
        );
        let help = format!("declare it in rowgate.yaml: `session: {{ {}: {{ setting: app.… }} }}`", name.text);
        self.report(if found.helps.is_empty() { found.with_help(help) } else { found });
    }

    /// The session has an attribute, and the record a path, of one name.
    fn both(&mut self, table: TableId, first: &ast::Label, attribute: &Attribute) {
        let [column] = self.columns(table, first)[..] else { return };
        let entry = self.catalog.table(table);
        let column = &self.catalog.column(ColumnRef { table, column }).name;
        let title = format!(
            "`Session's {}` is an attribute of the session, and a path of `{}` that begins at `{column}`",
            attribute.name, entry.name
        );
        let found = Diagnostic::new(Code::AmbiguousLabel, first.span, title)
            .with_edit("if the record's is meant, write the exact name in backticks", first.span, format!("`{column}`"))
            .with_help("if the session's is meant, give it another name in rowgate.yaml");
        self.report(found);
    }

    /// `Session's Tenant's Members`: what ties children to the row that the session names.
    pub(super) fn children_of_session(
        &mut self,
        table: TableId,
        relations: &[ast::Label],
        label: &ast::Label,
    ) -> Option<(ColumnRef, Value)> {
        match self.session(table, relations)? {
            Operand::Session { value, .. } => {
                let name = relations.get(1)?;
                let attribute = self.attributes.iter().find(|known| key(&known.name) == key(&name.text)).cloned()?;
                let referenced = self.one_referenced(&attribute, name)?;
                let column = self.child_key(referenced.table, label)?;
                let target = self.catalog.column(column).references?;
                // Where children point at another key than the session says, its row has that one.
                let path = Path { table: referenced.table, hops: Vec::new(), column: target };
                let value = match target == referenced {
                    true => value,
                    false => Value::Referenced(Referenced { by: attribute.claim(), key: referenced, path }),
                };
                Some((column, value))
            }
            Operand::Single { value: Value::Referenced(of), .. } => {
                let (column, path) = self.children_of(of.path.clone(), relations.last()?.span, label)?;
                Some((column, Value::Referenced(Referenced { path, ..of })))
            }
            _ => None,
        }
    }
}
