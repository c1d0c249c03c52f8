//! Conditions and operands: names bound; what is compared with what is checked next door.

use super::scope::{Counted, Level, Start};
use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, Family, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Atom, Condition, Literal, PartPlace, Path, Set, Value};

/// An operand whose names are bound.
#[derive(Clone)]
pub(super) enum Operand {
    /// One value of a column's type.
    Single { value: Value, column: ColumnRef },
    /// A value, or a list, that the session says under a declared name: of a type of its own, and perhaps some key.
    Session { value: Value, r#type: Type, references: Option<ColumnRef> },
    /// A set of the user's; `column` is the key that its elements are.
    Many { set: Set, column: ColumnRef },
    /// Rows above a row; `column` is the key that they are compared by.
    Level { level: Box<Level>, column: ColumnRef },
    /// How many rows there are.
    Number(Box<Counted>),
    /// A literal, a claim or a moment: takes its type from what it is compared with.
    Constant(ast::Operand),
}

/// An operand and its place.
pub(super) type Placed = Spanned<Operand>;

impl Binder<'_> {
    /// Binds a condition of whichever kind.
    pub(super) fn any_condition(&mut self, table: TableId, condition: &ast::Condition) -> Option<Condition> {
        if let Some(named) = self.called_so(table, condition) {
            return named;
        }
        match condition {
            ast::Condition::All(parts) => self.conditions(table, parts).map(Condition::All),
            ast::Condition::Any(parts) => self.conditions(table, parts).map(Condition::Any),
            ast::Condition::Not(inner) => self.negation(table, inner),
            ast::Condition::Compare(compare) => {
                if let Some(found) = self.user_compared(table, compare) {
                    self.report(found);
                    return None;
                }
                let left = self.operand(table, &compare.left);
                self.beside = left.as_ref().and_then(|left| self.type_of(&left.value));
                let right = self.operand(table, &compare.right);
                self.beside = None;
                let (left, right) = (left?, right?);
                self.check_moment(compare)?;
                self.check_sense(table, (&compare.left, &left), (&compare.right, &right))?;
                self.compare(left, &compare.operator, right)
            }
            ast::Condition::OneOf(one_of) => self.one_of(table, one_of),
            ast::Condition::Between(between) => self.between(table, between),
            ast::Condition::Empty(emptiness) => self.emptiness(table, emptiness),
            ast::Condition::Contains(containment) => self.containment(table, containment),
            ast::Condition::Rows(rows) => self.rows(table, rows),
            ast::Condition::Has(has) => self.has(table, has),
            ast::Condition::IgnoringCase(ignoring) => self.ignoring_case(table, ignoring),
            ast::Condition::Can(can) => self.can(table, can),
            ast::Condition::Sql(text) => Some(Condition::from(Atom::Sql { table, text: text.value.clone(), negated: false })),
            ast::Condition::Named(name) => self.named(table, name),
        }
    }

    /// `contains` asks a list for an element and a text for a part; `starts with` and `ends with` are for texts.
    fn containment(&mut self, table: TableId, containment: &ast::Containment) -> Option<Condition> {
        let (whole, part) = (self.operand(table, &containment.whole), self.operand(table, &containment.part));
        let (whole, part, negated) = (whole?, part?, containment.negated);
        self.check_sense(table, (&containment.whole, &whole), (&containment.part, &part))?;
        let anywhere = containment.place.value == PartPlace::Anywhere;
        self.refuse_number(&whole)?;
        if let Operand::Many { .. } | Operand::Level { .. } = whole.value {
            if anywhere {
                let word = if negated { ast::Operator::NotEqual } else { ast::Operator::Equal };
                return self.compare(whole, &Spanned::new(word, containment.place.span), part);
            }
            let title = "many values have no beginning and no end";
            self.report(Diagnostic::new(Code::ManyValued, whole.span, title).with_help("use `contains`"));
            return None;
        }
        if let (Operand::Constant(ast::Operand::Claim(name)), true) = (&whole.value, anywhere) {
            return self.listed_in_claim(&part, name, whole.span, negated);
        }
        if let (Operand::Session { r#type: Type::Array(_), .. }, true) = (&whole.value, anywhere) {
            return self.in_session(&part, &whole, negated);
        }
        let whole_type = self.type_of(&whole.value).or_else(|| self.type_of(&part.value)).unwrap_or(Type::Text);
        match (&whole_type, anywhere) {
            (Type::Jsonb, true) => {
                let array = self.single(&whole, &whole_type)?;
                let element = self.json_element(&part)?;
                Some(Condition::from(Atom::Contains { array, element, negated }))
            }
            (Type::Array(element), true) => {
                let array = self.single(&whole, &whole_type)?;
                let element = self.element_of(&whole, part, element)?;
                Some(Condition::from(Atom::Contains { array, element, negated }))
            }
            (r#type, _) if r#type.family() == Family::Text => {
                self.refuse_part_of_user(&part)?;
                let (whole, part) = (self.single(&whole, &whole_type)?, self.single(&part, &whole_type)?);
                Some(Condition::from(Atom::Part { whole, place: containment.place.value, part, negated }))
            }
            (r#type, anywhere) => {
                let title = if anywhere {
                    format!("a value of type `{type}` contains nothing")
                } else {
                    format!("only texts have a beginning and an end, and this is `{type}`")
                };
                let help = "texts, arrays, jsonb and claims can be asked whether they contain something";
                let diagnostic = Diagnostic::new(Code::OperatorMismatch, containment.place.span, title)
                    .with_secondary(whole.span, format!("this is `{type}`"));
                self.report(if anywhere { diagnostic.with_help(help) } else { diagnostic });
                None
            }
        }
    }

    /// An operand as one value of a type that it has to have.
    pub(super) fn single(&mut self, operand: &Placed, r#type: &Type) -> Option<Value> {
        match &operand.value {
            Operand::Constant(constant) => self.constant(&Spanned::new(constant.clone(), operand.span), r#type),
            Operand::Single { value, .. } | Operand::Session { value, .. } => {
                let found = self.type_of(&operand.value)?;
                if self.comparable(&found, r#type) {
                    return Some(value.clone());
                }
                let title = format!("this is `{found}`, and a `{type}` is needed here");
                let diagnostic = Diagnostic::new(Code::Incomparable, operand.span, title);
                let is_in_text = r#type.family() == Family::Text;
                self.report(diagnostic.with_help(match is_in_text {
                    true => super::user::derived(&found),
                    false => format!("compare it with a value of type `{type}`"),
                }));
                None
            }
            Operand::Number(_) => {
                self.refuse_number(operand)?;
                None
            }
            Operand::Many { .. } | Operand::Level { .. } => {
                let is_of_user = matches!(operand.value, Operand::Many { .. });
                let (label, help) = if is_of_user { super::sets::OF_USER_OR_ONE } else { super::levels::ANY_OR_NONE };
                let diagnostic = Diagnostic::new(Code::ManyValued, operand.span, "one value is needed here");
                let diagnostic = diagnostic.with_label(label).with_help(help);
                self.report(diagnostic);
                None
            }
        }
    }

    /// A constant as a value of a type, or a message.
    pub(super) fn constant(&mut self, constant: &Spanned<ast::Operand>, r#type: &Type) -> Option<Value> {
        if let Some(value) = self.typed(constant, r#type) {
            return Some(value);
        }
        match self.literal(&constant.value, r#type) {
            Ok(literal) => Some(Value::Literal(literal)),
            Err(mismatch) => {
                let diagnostic = Diagnostic::new(Code::LiteralMismatch, constant.span, mismatch.reason);
                self.report(match mismatch.near {
                    Some(near) => diagnostic.with_edit(format!("did you mean {near}?"), constant.span, near),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// What a JSON array may be asked for: a text, a number, true or false.
    pub(super) fn json_element(&mut self, part: &Placed) -> Option<Value> {
        let r#type = match &part.value {
            Operand::Constant(ast::Operand::Number(_)) => Type::Numeric(String::new()),
            Operand::Constant(ast::Operand::Boolean(_)) => Type::Boolean,
            Operand::Constant(_) | Operand::Many { .. } | Operand::Level { .. } | Operand::Number(_) => Type::Text,
            Operand::Single { .. } | Operand::Session { .. } => match self.type_of(&part.value) {
                Some(found) if found.family() == Family::Text || found.family() == Family::Uuid => found,
                _ => Type::Text,
            },
        };
        self.single(part, &r#type)
    }

    fn conditions(&mut self, table: TableId, parts: &[ast::Condition]) -> Option<Vec<Condition>> {
        let bound: Vec<Option<Condition>> = parts.iter().map(|part| self.condition(table, part)).collect();
        bound.into_iter().collect()
    }

    fn emptiness(&mut self, table: TableId, emptiness: &ast::Emptiness) -> Option<Condition> {
        let operand = self.operand(table, &emptiness.operand)?;
        let negated = emptiness.negated;
        self.refuse_number(&operand)?;
        let of_user = self.user_of_either(table, &[(&emptiness.operand, &operand)]);
        of_user.into_iter().for_each(|found| self.report(found));
        match operand.value {
            Operand::Number(_) => None,
            Operand::Single { value: Value::LoggedInUser, .. } if negated => Some(Condition::from(Atom::SignedIn)),
            Operand::Single { value: Value::LoggedInUser, .. } => Some(Condition::from(Atom::Nobody)),
            Operand::Single { value, .. } | Operand::Session { value, .. } => {
                Some(Condition::from(Atom::Empty { value, negated }))
            }
            Operand::Many { set, .. } => Some(Condition::from(Atom::EmptySet { set, negated })),
            Operand::Level { level, .. } => self.empty_level(*level, operand.span, negated),
            Operand::Constant(ast::Operand::Claim(name)) => {
                let value = self.json_claim(&name, operand.span);
                Some(Condition::from(Atom::Empty { value, negated }))
            }
            Operand::Constant(_) => {
                let title = "a constant is never empty";
                let help = "ask whether a column is empty, or take this condition out";
                self.report(Diagnostic::new(Code::Incomparable, operand.span, title).with_help(help));
                None
            }
        }
    }

    /// A list is taken apart where it has many-valued or differing elements: `x is one of (a, b)` is `x is a or x is b`.
    fn one_of(&mut self, table: TableId, one_of: &ast::OneOf) -> Option<Condition> {
        let left = self.operand(table, &one_of.left);
        self.beside = left.as_ref().and_then(|left| self.type_of(&left.value));
        let values: Vec<Option<Placed>> = one_of.values.iter().map(|value| self.operand(table, value)).collect();
        self.beside = None;
        let (left, values) = (left?, values.into_iter().collect::<Option<Vec<Placed>>>()?);
        if !one_of.is_list {
            self.refuse_number(&left)?;
        }
        let sides: Vec<_> = std::iter::zip(&one_of.values, &values).collect();
        self.check_sense_of_range(table, (&one_of.left, &left), &sides)?;
        if let ([Spanned { value: Operand::Constant(ast::Operand::Claim(name)), span }], false) =
            (values.as_slice(), one_of.is_list)
        {
            return self.in_claim(&left, name, *span, one_of.negated);
        }
        if let ([right], false) = (values.as_slice(), one_of.is_list)
            && let Some(found) = self.in_array(&left, right, one_of.negated)
        {
            return found;
        }
        if let ([list @ Spanned { value: Operand::Session { r#type: Type::Array(_), .. }, .. }], false) =
            (values.as_slice(), one_of.is_list)
        {
            return self.in_session(&left, list, one_of.negated);
        }
        if let Operand::Level { level, column } = &left.value {
            return self.one_of_level(one_of, (&left, level, *column), values);
        }
        let word = if one_of.negated { ast::Operator::NotEqual } else { ast::Operator::Equal };
        let mut conditions = Vec::new();
        for value in values {
            let span = value.span;
            conditions.push(self.compare(left.clone(), &Spanned::new(word, span), value));
        }
        let conditions: Vec<Condition> = conditions.into_iter().collect::<Option<_>>()?;
        Some(merge_list(conditions, one_of.negated))
    }

    /// Binds an operand of a condition on a row of `table`.
    pub(super) fn operand(&mut self, table: TableId, operand: &Spanned<ast::Operand>) -> Option<Placed> {
        let span = operand.span;
        self.check_keyword(table, operand)?;
        if let Some(number) = self.number_in_path(table, operand) {
            return number.map(|number| Spanned::new(number, span));
        }
        let bound = match &operand.value {
            ast::Operand::Path(path) if self.is_of_session(table, &path.steps) => self.session(table, &path.steps)?,
            ast::Operand::Path(path) => match path.steps.split_first() {
                Some((first, rest)) => match self.named_row(table, first) {
                    Some(start) => {
                        self.check_named_row(&start, path)?;
                        self.from(&start, rest, span)?
                    }
                    None => {
                        self.check_reach(table, path)?;
                        self.from(&self.innermost(table), &path.steps, span)?
                    }
                },
                None => return None,
            },
            ast::Operand::ThisRecord(path) => {
                let steps = path.as_ref().map_or(&[][..], |path| &path.steps);
                self.from(&self.this_row(table), steps, span)?
            }
            ast::Operand::LoggedInUser => {
                Operand::Single { value: Value::LoggedInUser, column: self.identity.as_ref()?.user_key }
            }
            ast::Operand::Former(path) => self.former(table, path, span)?,
            ast::Operand::User(path) => self.user(path, span)?,
            ast::Operand::NumberOf(number) => self.number_of(table, number)?,
            ast::Operand::AtAnyLevel(at) => {
                let level = Box::new(self.level(table, at)?);
                Operand::Level { column: level.key, level }
            }
            constant => Operand::Constant(constant.clone()),
        };
        Some(Spanned::new(bound, span))
    }

    /// A value that is reached from a row; without steps, the row's key.
    pub(super) fn from(&mut self, start: &Start, steps: &[ast::Label], span: Span) -> Option<Operand> {
        if !steps.is_empty() {
            let path = self.path(start.table, &ast::Path { steps: steps.to_vec() })?;
            return Some(Operand::Single { column: path.column, value: start.value(path) });
        }
        let entry = self.catalog.table(start.table);
        let Some(column) = entry.primary_key_value() else {
            let title = format!("`{}` has no primary key of one column", entry.name);
            let help = "compare the columns of its key one by one";
            self.report(Diagnostic::new(Code::UnknownColumn, span, title).with_help(help));
            return None;
        };
        let column = ColumnRef { table: start.table, column };
        Some(Operand::Single { value: start.value(Path { table: start.table, hops: Vec::new(), column }), column })
    }

    /// `User's …`: a membership, or a column of the user's row; both at once is ambiguous.
    pub(super) fn user(&mut self, path: &ast::Path, span: Span) -> Option<Operand> {
        let user_table = self.identity.as_ref()?.user_key.table;
        let first = path.steps.first()?;
        let membership = if first.exact { None } else { self.membership_names.get(&key(&first.text)).copied() };
        let columns = self.columns(user_table, first);
        let is_broken = membership.is_none() && self.config.memberships.0.keys().any(|name| key(name) == key(&first.text));
        if is_broken && columns.is_empty() && self.in_configuration {
            let title = "which memberships count cannot depend on memberships";
            let found = Diagnostic::new(Code::Cycle, first.span, title);
            self.report(found.with_help("look at the rows themselves: `any record of … where (User is Logged in User)`"));
            return None;
        }
        if is_broken && columns.is_empty() {
            // Its definition has been reported.
            return None;
        }
        let Some(id) = membership else {
            let known: Vec<String> = self.config.memberships.0.keys().cloned().collect();
            if columns.is_empty()
                && let Some(near) = crate::diagnostic::did_you_mean(&first.text, known.iter().map(String::as_str))
            {
                let title = format!("the user has neither a column nor a membership `{}`", first.text);
                let help = format!("did you mean `{near}`?");
                self.report(Diagnostic::new(Code::UnknownColumn, first.span, title).with_edit(help, first.span, near));
                return None;
            }
            let path = self.path_behind("User's ", user_table, path)?;
            return Some(Operand::Single { column: path.column, value: Value::User(path) });
        };
        if let Some(&index) = columns.first() {
            let column = self.column_name(ColumnRef { table: user_table, column: index });
            let title = format!("`User's {}` fits a membership and a column", first.text);
            let diagnostic = Diagnostic::new(Code::AmbiguousLabel, first.span, title)
                .with_note(format!("it fits the membership `{}` and `{column}`", self.memberships[id.0 as usize].name))
                .with_help("rename the membership in rowgate.yaml, or write the column's exact name in backticks");
            self.report(diagnostic);
            return None;
        }
        let Some(within) = self.memberships[id.0 as usize].within else {
            let title = format!("the membership `{}` is within nothing", first.text);
            let help = "add `within:` to it in rowgate.yaml";
            self.report(Diagnostic::new(Code::UnknownColumn, span, title).with_help(help));
            return None;
        };
        let rest = ast::Path { steps: path.steps.iter().skip(1).cloned().collect() };
        if rest.steps.is_empty() {
            return Some(Operand::Many { set: Set { membership: id, roles: None, tail: None }, column: within });
        }
        let hop = self.hop(within, first.span)?;
        let tail = self.path(hop.target.table, &rest)?;
        Some(Operand::Many { column: tail.column, set: Set { membership: id, roles: None, tail: Some(tail) } })
    }
}

/// Joins the comparisons of a list, those of one value with constants as one statement.
pub(super) fn merge_list(conditions: Vec<Condition>, negated: bool) -> Condition {
    let mut rest: Vec<Condition> = Vec::new();
    let mut list: Option<(Value, Vec<Literal>)> = None;
    for condition in conditions {
        let constant = match &condition {
            Condition::Atom(atom) => match &**atom {
                Atom::Compare { left, right: Value::Literal(right), .. } => Some((left, right)),
                _ => None,
            },
            _ => None,
        };
        match constant {
            Some((left, right)) if list.as_ref().is_none_or(|(value, _)| value == left) => {
                list.get_or_insert_with(|| (left.clone(), Vec::new())).1.push(right.clone());
            }
            _ => rest.push(condition),
        }
    }
    if let Some((value, list)) = list {
        rest.insert(0, Condition::from(Atom::OneOf { value, list, negated }));
    }
    match (rest.len(), negated) {
        (1, _) => rest.swap_remove(0),
        (_, true) => Condition::All(rest),
        (_, false) => Condition::Any(rest),
    }
}
