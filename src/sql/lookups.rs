//! What is looked up for the signed-in user: values of the user's row, the sets of a membership, roles that are held everywhere.

use super::expression::{Expression, Select};
use super::lower::{Lookup, Lowering, is_signed_in};
use super::row_context::RowContext;
use super::session_value::SessionValue;
use super::written::Form;
use crate::access::Predicate;
use crate::access::decide::simplify;
use crate::catalog::{ColumnRef, Type};
use crate::model::{Atom, Condition, Describe, Held, Holder, Hop, MembershipId, Path, Referenced, RoleId, Set};

impl Lowering<'_> {
    /// A value of the signed-in user's row.
    pub(super) fn user(&mut self, path: &Path, row: &RowContext) -> Expression {
        let user_key = self.model.identity.user_key;
        let user = self.body_row(user_key.table, &[], row.is_complete);
        let select = Select {
            expression: self.record(path, &user),
            from: Some(self.from(&user)),
            condition: Some(self.equals(user_key, &user, Expression::Session(SessionValue::Identity))),
        };
        let words = format!("User's {}", Describe { model: self.model }.path(path));
        let returns = self.column_type(path.column);
        self.function(&words, Vec::new(), &returns, select, words.clone()).once()
    }

    /// A value of the row that an attribute of the session references.
    pub(super) fn referenced(&mut self, of: &Referenced, row: &RowContext) -> Expression {
        let target = self.body_row(of.key.table, &[], row.is_complete);
        let key_type = self.model.catalog.column(of.key).r#type.clone();
        let select = Select {
            expression: self.record(&of.path, &target),
            from: Some(self.from(&target)),
            condition: Some(self.equals(of.key, &target, Expression::Session(SessionValue::Claim(of.by.clone(), key_type)))),
        };
        let describe = Describe { model: self.model };
        let words = format!("{}'s {}", describe.claim(&of.by), describe.path(&of.path));
        let returns = self.column_type(of.path.column);
        self.function(&words, Vec::new(), &returns, select, words.clone()).once()
    }

    /// What a membership gives the user, as an array without empty elements.
    pub(super) fn set(&mut self, set: &Set, row: &RowContext) -> Expression {
        let membership = self.model.membership(set.membership);
        let Some(within) = membership.within else { return Expression::Text("{}".to_owned()) };
        let member = self.body_row(membership.table, &[], row.is_complete);
        let mut conditions = self.membership_conditions(set.membership, set.roles.as_deref(), &member, Form::Finds);
        let element = match &set.tail {
            Some(tail) if membership.below.is_none() => {
                let target = self.model.catalog.column(within).references.unwrap_or(within);
                let hop = Hop { foreign_key: within, target };
                let mut hops = vec![hop];
                hops.extend(&tail.hops);
                self.record(&Path { table: within.table, hops, column: tail.column }, &member)
            }
            _ => self.column(within, &member),
        };
        let last = set.tail.as_ref().map_or(within, |tail| tail.column);
        let is_of_row = set.tail.is_none() || membership.below.is_some();
        if !is_of_row || self.model.catalog.column(within).nullable {
            conditions.push(element.clone().null_test(true));
        }
        let element_type = self.column_type(last);
        let select = Select { expression: element, from: Some(self.from(&member)), condition: Some(Expression::And(conditions)) };
        let words = self.set_words(set) + self.reach_words(set);
        let array = match membership.below {
            Some(parent) => self.all_beneath(parent, select, set.tail.as_ref(), &member),
            None => Expression::ArrayOf(Box::new(select)),
        };
        self.array_function(&words, &element_type, array, words.clone())
    }

    /// The same, looked up once for all that ask for it.
    pub(super) fn elements_of(&mut self, set: &Set, row: &RowContext) -> Expression {
        self.once(Lookup::Set(set.clone()), row, |lowering| lowering.set(set, row))
    }

    /// The type of its elements.
    pub(super) fn set_type(&self, set: &Set) -> Option<Type> {
        let within = self.model.membership(set.membership).within?;
        let last = set.tail.as_ref().map_or(within, |tail| tail.column);
        Some(self.model.catalog.column(last).r#type.clone())
    }

    /// Whether a value is in a set, asked of the one row of the membership that would say so.
    pub(super) fn is_member(&mut self, set: &Set, key: Expression, row: &RowContext) -> Expression {
        let membership = self.model.membership(set.membership);
        let Some(within) = membership.within else { return Expression::Boolean(false) };
        let member = self.row_beside(membership.table, row);
        match self.member_row(set, within, key, &member) {
            // As a join it might read all memberships of the user instead of the one, because the planner does not know how many these are.
            Expression::Exists(select) if !row.is_given() => Expression::ExistsApart(select),
            found => found,
        }
    }

    /// Whether there is a row of the membership that says so: one within what has the key, or, where it counts beneath, what is above that.
    pub(super) fn member_row(&mut self, set: &Set, within: ColumnRef, key: Expression, member: &RowContext) -> Expression {
        let mut conditions = self.membership_conditions(set.membership, set.roles.as_deref(), member, Form::AdmitsOne);
        conditions.push(self.is_within(within, self.model.membership(set.membership).below, key, member));
        self.exists_select(member, Expression::all(conditions))
    }

    pub(super) fn set_words(&self, set: &Set) -> String {
        let atom = Atom::EmptySet { set: set.clone(), negated: false };
        let words = Describe { model: self.model }.atom(&atom);
        words.trim_end_matches(" is empty").to_owned()
    }

    pub(super) fn holds_globally(&mut self, membership: MembershipId, roles: &[RoleId]) -> Expression {
        let bound = self.model.membership(membership);
        let member = self.body_row(bound.table, &[], false);
        let mut conditions = self.membership_conditions(membership, Some(roles), &member, Form::Finds);
        if let Some(within) = bound.within {
            conditions.push(self.column(within, &member).null_test(false));
        }
        let select = Select { expression: self.exists_select(&member, Expression::And(conditions)), from: None, condition: None };
        let words = Describe { model: self.model }.atom(&Atom::HoldsGlobally { membership, roles: roles.to_vec() });
        let remark = format!("Whether the user is {words}");
        self.function(&words, Vec::new(), "boolean", select, remark).once()
    }

    /// The rows of a membership that count for the signed-in user, and for one of `roles`.
    fn membership_conditions(
        &mut self,
        id: MembershipId,
        roles: Option<&[RoleId]>,
        member: &RowContext,
        form: Form,
    ) -> Vec<Expression> {
        let membership = self.model.membership(id);
        let mut conditions = match &membership.holder {
            Holder::User(column) => {
                let user = self.value(&self.model.user_as(*column), member);
                vec![self.equals(*column, member, user)]
            }
            Holder::Where(condition) => {
                let holds = Predicate::of(self.model, condition);
                let holds = match form {
                    Form::Finds => self.filter(&holds, &member.clone().by_lists()),
                    Form::Admits | Form::AdmitsOne => self.predicate(&holds, member),
                };
                vec![is_signed_in(), holds]
            }
        };
        conditions.extend(membership.filter.as_ref().map(|filter| self.condition(filter, member)));
        if let Some(roles) = roles {
            let tests = roles.iter().filter_map(|&role| match &self.model.role(role).held {
                Held::Membership { test, .. } => Some(Predicate::of(self.model, &Condition::from(test.clone()))),
                _ => None,
            });
            let expression = self.predicate(&simplify(Predicate::any(tests)), member);
            conditions.push(expression);
        }
        conditions
    }

    /// A function without arguments that gives an array; called once per statement.
    pub(super) fn array_function(&mut self, purpose: &str, element: &str, array: Expression, remark: String) -> Expression {
        let returns = format!("{element}[]");
        let body = Select { expression: array, from: None, condition: None };
        // Without the cast, `ANY ((SELECT …))` would be read as a set of rows.
        self.function(purpose, Vec::new(), &returns, body, remark).once().cast(returns)
    }
}
