//! Why something is decided otherwise. In: who tried what, and both decisions. Out: the reason, where it is known.

use super::Proof;
use super::actors::Who;
use super::trials::{Decision, Trial};
use crate::import::{How, Policy, PolicyFacts};
use crate::model::Operation;

/// What is known to be decided otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// An update or a delete without a WHERE of what cannot be read.
    Unread,
    /// The role that nobody is signed in to, and somebody is.
    Anonymous,
    /// The role of those who are signed in, and nobody is.
    Nobody,
    /// A record that is changed or removed does not count among the other rows of its table.
    Itself,
    /// Under another key, a record whose rules ask for other rows of its table would count beside itself.
    Key,
    /// A restrictive policy narrows a role that has this one's rights.
    Member,
    /// A policy is left out.
    LeftOut,
    /// A policy ended the statement with an error, and no rule does.
    Failed,
}

/// Why a rule allows more or less than a policy did, if that has a reason.
pub(super) fn of(proof: &Proof<'_>, who: &Who, trial: &Trial, (before, after): (&Decision, &Decision)) -> Option<Reason> {
    if after.is_allowed() {
        return before.error().map(|_| Reason::Failed);
    }
    // An error of the rules' own is never meant.
    if after.error().is_some() && !trial.is_blind { None } else { narrower(proof, who, trial) }
}

fn narrower(proof: &Proof<'_>, who: &Who, trial: &Trial) -> Option<Reason> {
    let identity = &proof.model.identity;
    if who.actor.identity.is_some() && who.role != identity.signed_in_role {
        return Some(Reason::Anonymous);
    }
    // Without an anonymous role, that of the signed-in sessions is everybody's, and what it is enough for is not for somebody who is signed in.
    if who.actor.identity.is_none() && who.role == identity.signed_in_role && identity.anonymous_role.is_some() {
        return Some(Reason::Nobody);
    }
    let name = &proof.model.catalog.table(trial.table).name;
    let of_operation = |name: &str| {
        let known = proof
            .facts
            .policies
            .iter()
            .find(|policy| policy.table == proof.model.catalog.table(trial.table).name && policy.name == name);
        known.is_some_and(|policy| policy.operations.contains(&trial.operation))
    };
    let asks_itself = proof.imported.policies.iter().any(|policy| policy.table == *name && policy.asks_itself);
    let is_left_out =
        |policy: &Policy| policy.table == *name && matches!(policy.how, How::LeftOut(_)) && of_operation(&policy.name);
    let has_rights_of = |role: &String| proof.facts.roles.get(role).is_some_and(|role| role.has_rights_of.contains(&who.role));
    let narrows_a_member = |policy: &PolicyFacts| {
        !policy.is_permissive
            && policy.operations.contains(&trial.operation)
            && !proof.facts.applies(policy, &who.role)
            && proof.imported.roles.iter().any(|role| has_rights_of(role) && proof.facts.applies(policy, role))
    };
    let changes_key = trial.changes.is_some_and(|column| {
        proof.model.loses_key(trial.table) && proof.model.catalog.table(trial.table).primary_key.contains(&column)
    });
    match trial.operation {
        _ if proof.facts.policies_on(name).any(narrows_a_member) => Some(Reason::Member),
        _ if proof.imported.policies.iter().any(is_left_out) => Some(Reason::LeftOut),
        _ if trial.is_blind => Some(Reason::Unread),
        Operation::Update if changes_key => Some(Reason::Key),
        Operation::Update | Operation::Delete if asks_itself => Some(Reason::Itself),
        _ => None,
    }
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 8] = [
        Reason::Unread,
        Reason::Anonymous,
        Reason::Nobody,
        Reason::Itself,
        Reason::Key,
        Reason::Member,
        Reason::LeftOut,
        Reason::Failed,
    ];

    /// Whether no rules allow it, however they are written; else those that were made could have said it.
    pub fn is_of_all_rules(self) -> bool {
        !matches!(self, Reason::Nobody | Reason::Member | Reason::LeftOut)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Reason::Unread => {
                "without a WHERE, PostgreSQL asks no policy for SELECT, and a rule lets change only what can be read"
            }
            Reason::Anonymous => "only sessions of the signed-in role have a user",
            Reason::Nobody => {
                "the role of the signed-in sessions is said as `Authenticated`, somebody who is signed in, and was enough alone"
            }
            Reason::Key => "who may change a record because of what other rows of its table are may not change its key",
            Reason::Member => "what narrows a role narrows whoever it has rights of as well",
            Reason::LeftOut => "a policy is left out",
            Reason::Failed => {
                "a policy ended the whole statement with an error, which denied everything; to rules, a text that cannot be read is missing, and what others allow is allowed"
            }
            Reason::Itself => "a record that is changed or removed does not count among the other rows of its table",
        }
    }
}
