//! What another user holds and may do, for who holds a role that `rowgate.yaml` names. The look-ups are those of the other guards, which take the identity as
//! an argument; here it is the first argument of the function, and is looked at only once the session's own identity was found to hold such a role. The
//! application cannot call the look-ups themselves: their schema is closed.
//!
//! What only the user's own session tells, its token, is not known here. A question that depends on claims gets no such function.

use super::super::expression::{Expression, Select};
use super::super::generate::Generator;
use super::super::row_context::RowContext;
use super::super::session_value::SessionValue;
use super::{READS, Words, literals, named};
use crate::access::{Predicate, holds};
use crate::catalog::QualifiedName;
use crate::model::{RoleUse, Scope, Subject};
use crate::objects::Body;

/// A question about another user, from one about the caller.
pub(super) struct Another<'a> {
    pub(super) name: &'a QualifiedName,
    /// The types of the other question's arguments, before which the user stands.
    pub(super) arguments: &'a [String],
    pub(super) returns: &'a str,
    /// The call of the look-up that answers it.
    pub(super) asked: Expression,
    /// What the first of its arguments may be.
    pub(super) words: Option<Words<'a>>,
    /// What has to hold for the caller, too.
    pub(super) seen: Option<Expression>,
}

impl Generator<'_> {
    /// The function, where somebody may ask.
    pub(super) fn guard_about_another(&mut self, another: &Another<'_>) {
        let Some(may_ask) = self.may_ask() else { return };
        let Some(answer) = self.about_first_argument(&another.asked) else { return };
        let answer = self.lowering.for_policy(answer);
        let refusal = self.refused(
            "42501",
            "who asks about another user has to hold another role",
            "rowgate.yaml names the roles: guards, ask_about.",
            Expression::Word("NULL"),
        );
        let mut parts = vec![may_ask, answer, refusal];
        let [may_ask, mut answer, refusal] = [0, 1, 2].map(|index: usize| parts[index].text());
        if let Some(seen) = &another.seen {
            let mut seen = seen.clone();
            move_arguments(&mut seen);
            let seen = self.lowering.for_policy(seen);
            answer = format!("coalesce({} AND {answer}, false)", seen.text());
            parts.push(seen);
        }
        let mut is_told = format!("WHEN {may_ask} IS NOT TRUE THEN {refusal}");
        if let Some(words) = &another.words {
            let unknown = self.unknown_word(words, 2);
            is_told.push_str(&format!(" WHEN $2 NOT IN ({}) OR $2 IS NULL THEN {}", literals(words.known), unknown.text()));
            parts.push(unknown);
        }
        let called = self.called(&parts.iter().collect::<Vec<_>>());
        let user = self.lowering.session_type(&SessionValue::Identity);
        let arguments: Vec<String> = std::iter::once(user).chain(another.arguments.iter().cloned()).collect();
        let body = Body::Sql(format!("SELECT CASE WHEN CASE {is_told} ELSE true END THEN {answer} END"));
        self.guard(another.name, &arguments, (another.returns, READS), body, called);
    }

    /// Whether the session's own identity holds a role whose holders may ask; `None` where nobody may.
    fn may_ask(&mut self) -> Option<Expression> {
        let model = self.model;
        let guards = model.guards.as_ref().filter(|guards| !guards.ask_about.is_empty())?;
        let uses: Vec<RoleUse> =
            guards.ask_about.iter().map(|&id| RoleUse { subject: Subject::Role(id), scope: Scope::Unscoped }).collect();
        let of_role = |role: &str| Predicate::any(uses.iter().map(|one| holds(model, one, role)));
        let row = RowContext::given(model.identity.user_key.table, "scope", "scope");
        let body = Select { expression: self.in_session(of_role, &row), from: None, condition: None };
        let call = self.look_up(&named(&guards.schema, "may ask about others"), &[], "boolean", body);
        Some(self.lowering.for_policy(call))
    }

    /// The same question about the user of the first argument, in sessions that somebody is signed in to; `None` where it would depend on the token.
    fn about_first_argument(&self, asked: &Expression) -> Option<Expression> {
        let mut asked = asked.clone();
        move_arguments(&mut asked);
        let mut is_known = true;
        asked.replace_session(true, &mut |value, _| match value {
            SessionValue::Identity => Expression::Parameter(1),
            SessionValue::ActsAs(role) => Expression::Boolean(*role == self.model.identity.signed_in_role),
            SessionValue::SeesAll(_) => Expression::Session(value.clone()),
            SessionValue::Claim(..) | SessionValue::ClaimList(..) | SessionValue::Raw(..) => {
                is_known = false;
                Expression::Word("NULL")
            }
        });
        is_known.then_some(asked)
    }
}

/// Puts the arguments of a call one place further, because the user stands before them.
fn move_arguments(call: &mut Expression) {
    let Expression::Call { arguments, .. } = call else { return };
    for argument in arguments {
        if let Expression::Parameter(position) = argument {
            *position += 1;
        }
    }
}
