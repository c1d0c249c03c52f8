//! What may be compared with what: types, and keys by what they reference.

use super::between::compared;
use super::operands::{Operand, Placed};
use super::user::is_user;
use super::{Binder, literals};
use crate::ast::{self, Operator};
use crate::catalog::{ColumnRef, Family, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Atom, Claim, Condition, Outer, Path, Value};

impl Binder<'_> {
    /// Binds a comparison of two bound operands. A constant goes to the right, so that equal conditions are written one way.
    pub(super) fn compare(&mut self, left: Placed, operator: &Spanned<Operator>, right: Placed) -> Option<Condition> {
        self.refuse_lists_of_session(&[&left, &right])?;
        match (&left.value, &right.value) {
            (Operand::Number(rows), _) => self.compare_number(rows, operator.value, left.span.to(right.span), right),
            (_, Operand::Number(rows)) => self.compare_number(rows, flip(operator.value), left.span.to(right.span), left),
            (Operand::Level { .. }, _) => self.compare_level(left, operator, right),
            (_, Operand::Level { .. }) => self.compare_level(right, operator, left),
            (Operand::Constant(_), Operand::Constant(_)) => self.compare_constants(&left, operator, &right),
            (Operand::Constant(_), _) => {
                let flipped = Spanned::new(flip(operator.value), operator.span);
                self.compare_with_constant(right, &flipped, &left)
            }
            (_, Operand::Constant(_)) => self.compare_with_constant(left, operator, &right),
            _ => self.compare_values(left, operator, right),
        }
    }

    /// `today is after date "2026-01-31"` means something; two literals do not.
    fn compare_constants(&mut self, left: &Placed, operator: &Spanned<Operator>, right: &Placed) -> Option<Condition> {
        let (Operand::Constant(first), Operand::Constant(second)) = (&left.value, &right.value) else { return None };
        // What the session or the clock says takes its type from the other side.
        let own_type = |operand: &ast::Operand| match operand {
            ast::Operand::Now | ast::Operand::Shifted(_) => Some(Type::TimestampTz),
            ast::Operand::Today => Some(Type::Date),
            _ => None,
        };
        let claimed_type = |operand: &ast::Operand| match operand {
            ast::Operand::Number(_) => Type::Numeric(String::new()),
            ast::Operand::Boolean(_) => Type::Boolean,
            ast::Operand::Date(_) => Type::Date,
            _ => Type::Text,
        };
        let is_claim = |operand: &ast::Operand| matches!(operand, ast::Operand::Claim(_));
        let (moving, other, operator, r#type) = match (own_type(first), own_type(second)) {
            (Some(_), Some(_)) => return self.two_moments(left.span.to(right.span)),
            // What the session says stands to the left, as other values do.
            (Some(r#type), None) if is_claim(second) => (right, left, flip(operator.value), r#type),
            (None, Some(r#type)) if is_claim(first) => (left, right, operator.value, r#type),
            (Some(r#type), _) => (left, right, operator.value, r#type),
            (None, Some(r#type)) => (right, left, flip(operator.value), r#type),
            (None, None) if is_claim(first) => (left, right, operator.value, claimed_type(second)),
            (None, None) if is_claim(second) => (right, left, flip(operator.value), claimed_type(first)),
            (None, None) => {
                let span = left.span.to(right.span);
                let title = "this compares two constants";
                let help = "compare a column of the record, or a value of the user";
                self.report(Diagnostic::new(Code::Incomparable, span, title).with_help(help));
                return None;
            }
        };
        let (Operand::Constant(moving_operand), Operand::Constant(other_operand)) = (&moving.value, &other.value) else {
            return None;
        };
        if !is_allowed(operator, &r#type.family()) {
            let title = no_order(&r#type);
            let found = Diagnostic::new(Code::OperatorMismatch, left.span.to(right.span), title);
            self.report(found.with_help(without_order(&r#type.family())));
            return None;
        }
        let left_value = self.constant(&Spanned::new(moving_operand.clone(), moving.span), &r#type)?;
        let right_value = self.constant(&Spanned::new(other_operand.clone(), other.span), &r#type)?;
        Some(compared(left_value, operator, right_value))
    }

    /// How far two moments are from each other that both go with the clock never changes.
    fn two_moments(&mut self, span: Span) -> Option<Condition> {
        let title = "both of these go with the clock";
        let diagnostic = Diagnostic::new(Code::Incomparable, span, title);
        self.report(diagnostic.with_help("compare a column of the record, or a fixed day: `date \"2026-01-31\"`"));
        None
    }

    fn compare_with_constant(&mut self, value: Placed, operator: &Spanned<Operator>, constant: &Placed) -> Option<Condition> {
        let (r#type, Operand::Constant(written)) = (self.type_of(&value.value)?, &constant.value) else { return None };
        self.check_operator(operator, &r#type, &value)?;
        let right = match self.typed(&Spanned::new(written.clone(), constant.span), &r#type) {
            Some(typed) => typed,
            None => match self.literal(written, &r#type) {
                Ok(literal) => {
                    let is_equality = matches!(operator.value, Operator::Equal | Operator::NotEqual);
                    self.check_whole_number(&literal, is_equality, constant.span)?;
                    Value::Literal(literal)
                }
                Err(mismatch) => {
                    let diagnostic = self.literal_mismatch(&value, &r#type, constant, mismatch);
                    self.report(diagnostic);
                    return None;
                }
            },
        };
        match value.value {
            Operand::Single { value, .. } | Operand::Session { value, .. } => Some(compared(value, operator.value, right)),
            Operand::Many { set, .. } => {
                self.refuse_day(&right, constant.span)?;
                let negated = self.membership_operator(operator, value.span, OF_USER)?;
                Some(Condition::from(Atom::Member { value: right, set, negated }))
            }
            Operand::Constant(_) | Operand::Level { .. } | Operand::Number(_) => None,
        }
    }

    fn literal_mismatch(&self, value: &Placed, r#type: &Type, constant: &Placed, mismatch: literals::Mismatch) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::LiteralMismatch, constant.span, mismatch.reason)
            .with_secondary(value.span, format!("{} is `{type}`", self.operand_name(&value.value)));
        match mismatch.near {
            Some(near) => diagnostic.with_edit(format!("did you mean {near}?"), constant.span, near),
            None => diagnostic,
        }
    }

    fn compare_values(&mut self, left: Placed, operator: &Spanned<Operator>, right: Placed) -> Option<Condition> {
        let is_equality = matches!(operator.value, Operator::Equal | Operator::NotEqual);
        let (left, right) = if is_equality { self.complete(left, right)? } else { (left, right) };
        let (left, right) = self.with_user(left, right)?;
        let (left_type, right_type) = (self.type_of(&left.value)?, self.type_of(&right.value)?);
        if !self.comparable(&left_type, &right_type) {
            let diagnostic = self.incomparable(&left, &left_type, &right, &right_type);
            self.report(diagnostic);
            return None;
        }
        self.check_operator(operator, &left_type, &left)?;
        if is_equality {
            self.check_keys(&left, &right)?;
        }
        let left_span = left.span;
        match (left.value, right.value) {
            (
                Operand::Single { value: left, .. } | Operand::Session { value: left, .. },
                Operand::Single { value: right, .. } | Operand::Session { value: right, .. },
            ) => {
                // A value of the record goes to the left, as a reader expects it and as an index wants it.
                let (left, operator, right) = if left.record().is_none() && right.record().is_some() {
                    (right, flip(operator.value), left)
                } else {
                    (left, operator.value, right)
                };
                Some(Condition::from(Atom::Compare { left, operator, right }))
            }
            (Operand::Single { value, .. } | Operand::Session { value, .. }, Operand::Many { set, .. }) => {
                let negated = self.membership_operator(operator, right.span, OF_USER)?;
                Some(Condition::from(Atom::Member { value, set, negated }))
            }
            (Operand::Many { set, .. }, Operand::Single { value, .. } | Operand::Session { value, .. }) => {
                let negated = self.membership_operator(operator, left_span, OF_USER)?;
                Some(Condition::from(Atom::Member { value, set, negated }))
            }
            _ => {
                let title = "two operands with many values cannot be compared";
                let diagnostic = Diagnostic::new(Code::ManyValued, left_span.to(right.span), title)
                    .with_help("compare each of them with a column of the record");
                self.report(diagnostic);
                None
            }
        }
    }

    /// Equality with a set asks for membership; nothing else has a meaning.
    pub(super) fn membership_operator(&mut self, operator: &Spanned<Operator>, set: Span, label: &str) -> Option<bool> {
        match operator.value {
            Operator::Equal => Some(false),
            Operator::NotEqual => Some(true),
            _ => {
                let diagnostic = Diagnostic::new(Code::ManyValued, operator.span, "many values have no order")
                    .with_secondary(set, label)
                    .with_help("use `equals`, `is one of`, `does not equal` or `is not one of`");
                self.report(diagnostic);
                None
            }
        }
    }

    /// One value is no list: `equals` would mean one thing of a list in the session and another of one in the token.
    fn refuse_lists_of_session(&mut self, operands: &[&Placed]) -> Option<()> {
        let is_list = |operand: &Placed| matches!(&operand.value, Operand::Session { r#type: Type::Array(_), .. });
        let Some(list) = operands.iter().find(|operand| is_list(operand)) else { return Some(()) };
        let diagnostic = Diagnostic::new(Code::ManyValued, list.span, "a list of the session is no single value")
            .with_label("the session may have many of these")
            .with_help("ask with `is one of` or `is not one of`, without parentheses; or with `has any of` where both are lists");
        self.report(diagnostic);
        None
    }

    fn check_operator(&mut self, operator: &Spanned<Operator>, r#type: &Type, value: &Placed) -> Option<()> {
        if is_allowed(operator.value, &r#type.family()) {
            return Some(());
        }
        let diagnostic = Diagnostic::new(Code::OperatorMismatch, operator.span, no_order(r#type))
            .with_secondary(value.span, format!("this is `{type}`"))
            .with_help(without_order(&r#type.family()));
        self.report(diagnostic);
        None
    }

    pub(super) fn incomparable(&self, left: &Placed, left_type: &Type, right: &Placed, right_type: &Type) -> Diagnostic {
        let title = format!("cannot compare `{left_type}` with `{right_type}`");
        let diagnostic = Diagnostic::new(Code::Incomparable, left.span, title)
            .with_label(format!("{} is `{left_type}`", self.operand_name(&left.value)))
            .with_secondary(right.span, format!("{} is `{right_type}`", self.operand_name(&right.value)));
        if left_type.family() == Family::Time && right_type.family() == Family::Time {
            let diagnostic =
                diagnostic.with_note("PostgreSQL would compare them in the time zone of the client, which anybody can change");
            diagnostic.with_help(beside_another_time(left_type, right_type))
        } else {
            let diagnostic = diagnostic.with_note(format!("PostgreSQL has no operator `{left_type} = {right_type}`"));
            let is_user_key = |operand: &Operand| match operand {
                Operand::Single { value: Value::Record(_), column } => self.is_key_of_user(*column),
                _ => false,
            };
            let is_of_user = matches!(right.value, Operand::Single { value: Value::User(_), .. });
            if is_of_user && is_user_key(&left.value) {
                diagnostic.with_edit("compare it with the user", right.span, "Logged in User")
            } else {
                self.other_key(left, right, (left_type, right_type), diagnostic)
            }
        }
    }

    fn operand_name(&self, operand: &Operand) -> String {
        match operand {
            Operand::Single { value: Value::LoggedInUser, .. } => "the identity".to_owned(),
            Operand::Single { column, .. } | Operand::Many { column, .. } | Operand::Level { column, .. } => {
                format!("`{}`", self.column_name(*column))
            }
            Operand::Session { value: Value::Claim(Claim::Attribute { name, .. }, _), .. } => format!("`Session's {name}`"),
            Operand::Session { .. } => "the session's".to_owned(),
            Operand::Number(_) => "the number of rows".to_owned(),
            Operand::Constant(constant) => literals::describe(constant),
        }
    }

    /// Completes a key that is compared with the user by the one reference to the user that its table has: `Assigned Agent
    /// equals Logged in User` means `Assigned Agent's User equals Logged in User`.
    fn complete(&mut self, left: Placed, right: Placed) -> Option<(Placed, Placed)> {
        if is_user(&right.value) {
            Some((self.complete_key(left)?, right))
        } else if is_user(&left.value) {
            let completed = self.complete_key(right)?;
            Some((left, completed))
        } else {
            Some((left, right))
        }
    }

    fn complete_key(&mut self, operand: Placed) -> Option<Placed> {
        let Operand::Single { value, column } = &operand.value else { return Some(operand) };
        let path = match value {
            Value::Record(path) | Value::Outer(Outer { path, .. }) | Value::Former(path) => path,
            _ => return Some(operand),
        };
        let Some(target) = self.catalog.column(*column).references else { return Some(operand) };
        if self.is_key_of_user(*column) {
            return Some(operand);
        }
        let table = self.catalog.table(target.table);
        let is_stored = |index: u32| table.derivation(index).is_none() || table.tuple(index).is_some();
        let candidates: Vec<ColumnRef> = table
            .values()
            .filter(|(index, column)| column.references.is_some() && is_stored(*index))
            .map(|(index, _)| ColumnRef { table: target.table, column: index })
            .filter(|&candidate| self.is_key_of_user(candidate))
            .collect();
        match candidates.as_slice() {
            [] => Some(operand),
            [only] => {
                let hop = crate::model::Hop { foreign_key: *column, target };
                let completed: Path = path.through(hop, *only);
                let note = format!(
                    "`{}` is completed to `{}`",
                    crate::model::describe::path(self.catalog, path),
                    crate::model::describe::path(self.catalog, &completed)
                );
                if !self.completions.contains(&note) {
                    self.completions.push(note);
                }
                let column = completed.column;
                let value = match value {
                    Value::Outer(outer) => Value::Outer(Outer { path: completed, ..outer.clone() }),
                    Value::Former(_) => Value::Former(completed),
                    _ => Value::Record(completed),
                };
                Some(Spanned::new(Operand::Single { column, value }, operand.span))
            }
            several => {
                let names: Vec<String> = several.iter().map(|&column| format!("`{}`", self.column_name(column))).collect();
                let title = format!("`{}` references the user in several ways", self.catalog.table(target.table).name);
                let diagnostic = Diagnostic::new(Code::AmbiguousCompletion, operand.span, title)
                    .with_label("this is no user, and could lead to one in several ways")
                    .with_note(format!("the candidates are {}", names.join(", ")))
                    .with_help(format!(
                        "write the whole path, such as `{}`",
                        crate::model::describe::path(
                            self.catalog,
                            &path.through(crate::model::Hop { foreign_key: *column, target }, several[0])
                        )
                    ));
                self.report(diagnostic);
                None
            }
        }
    }
}

const OF_USER: &str = "the user may have many of these";

/// What to do about two columns of different types of time.
fn beside_another_time(left: &Type, right: &Type) -> &'static str {
    match (left, right) {
        (Type::Date, _) | (_, Type::Date) => {
            "a day is the whole day beside a moment where it is `today` or `date \"…\"`; of two columns make both moments, or both days"
        }
        _ => "make both columns `timestamptz`",
    }
}

/// Why values of a type cannot be compared so.
pub(super) fn no_order(r#type: &Type) -> String {
    match r#type.family() {
        Family::Structured => format!("values of type `{type}` cannot be compared"),
        Family::Text => "texts have no order but that of the alphabet: \"view\" is at least \"edit\"".to_owned(),
        _ => format!("values of type `{type}` have no order"),
    }
}

/// What to write instead.
pub(super) fn without_order(family: &Family) -> &'static str {
    match family {
        Family::Structured => "ask whether it `contains` a value, has any of several (`has any of (…)`), or `is empty`",
        Family::Text => "name the values, `is one of (…)`; or make the column an enum, whose values have the order of their list",
        _ => "use `equals`, `is not`, `is one of` or `is empty`",
    }
}

/// Whether values of a family can be compared so.
pub(super) fn is_allowed(operator: Operator, family: &Family) -> bool {
    match family {
        Family::Structured => false,
        // Texts have an order in PostgreSQL: that of the alphabet, which is none of what the words mean.
        Family::Uuid | Family::Boolean | Family::Text | Family::Other(_) | Family::Tuple(_) => {
            matches!(operator, Operator::Equal | Operator::NotEqual)
        }
        Family::Number | Family::Time | Family::Interval | Family::Enum(_) => true,
    }
}

pub(super) fn comparable(left: &Type, right: &Type) -> bool {
    if let (Type::Tuple(left), Type::Tuple(right)) = (left, right) {
        return left.len() == right.len() && std::iter::zip(left, right).all(|(left, right)| comparable(left, right));
    }
    match (left.family(), right.family()) {
        (Family::Time, Family::Time) | (Family::Structured, Family::Structured) => left == right,
        // PostgreSQL would compare them as texts, and case would count after all.
        (Family::Text, Family::Text) => matches!(left, Type::Citext(_)) == matches!(right, Type::Citext(_)),
        (left, right) => left == right,
    }
}

/// The operator that means the same with its operands exchanged.
pub(super) fn flip(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::Equal,
        Operator::NotEqual => Operator::NotEqual,
        Operator::Greater => Operator::Less,
        Operator::Less => Operator::Greater,
        Operator::AtLeast => Operator::AtMost,
        Operator::AtMost => Operator::AtLeast,
    }
}
