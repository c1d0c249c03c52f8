//! Faults that were found once, put back into the generated SQL one by one, to see whether random projects find them, and how soon. In: the
//! state of a project. Out: the same with one decision of the emitter undone. (`emitter` undoes decisions, too, and asks the scenarios.)

mod beyond;
mod compared;
mod hinted;
mod rebuild;
mod replace;
mod run;

use rowgate::objects::{Object, Recorded, State};
use rowgate::plan;

use super::generate::Project;
use super::hostile::{self, Change, Circumstances};

pub use run::{Extent, run, trial_of_the_table};

/// How a fault is put back.
enum How {
    /// In each statement.
    Text(fn(&Recorded, &str, &Project) -> String),
    /// In each statement, whatever the project.
    Anywhere(fn(&Recorded, &str) -> String),
    /// In the state as a whole.
    Whole(fn(&Texts, &Project) -> Result<Texts, String>),
    /// The last step is left out, and nothing else stands beside the project than what it should have named.
    LastStep,
}

/// A fault.
pub struct Undo {
    pub name: &'static str,
    pub what: &'static str,
    how: How,
    /// Where it shows: one of these stands beside the project, or happens to it. Nothing where it shows everywhere.
    shows: &'static [&'static str],
    /// What finds it where this test cannot.
    pub found_by: Option<FoundBy>,
}

/// Attacks that find what chance does not.
#[derive(Clone, Copy)]
pub struct FoundBy {
    pub why: &'static str,
    /// Folders of `tests/attacks`. Each of them fails with the fault.
    pub attacks: &'static [&'static str],
}

const fn found_by(why: &'static str, attacks: &'static [&'static str]) -> Option<FoundBy> {
    Some(FoundBy { why, attacks })
}

const fn anywhere(name: &'static str, what: &'static str, replace: fn(&Recorded, &str) -> String) -> Undo {
    Undo { name, what, how: How::Anywhere(replace), shows: &[], found_by: None }
}

const fn text(name: &'static str, what: &'static str, replace: fn(&Recorded, &str, &Project) -> String) -> Undo {
    Undo { name, what, how: How::Text(replace), shows: &[], found_by: None }
}

const fn last_step(name: &'static str, what: &'static str, beside: &'static [&'static str]) -> Undo {
    Undo { name, what, how: How::LastStep, shows: beside, found_by: None }
}

const fn shown(shows: &'static [&'static str], undo: Undo) -> Undo {
    Undo { shows, ..undo }
}

const fn whole(name: &'static str, what: &'static str, rebuild: fn(&Texts, &Project) -> Result<Texts, String>) -> Undo {
    Undo { name, what, how: How::Whole(rebuild), shows: &[], found_by: None }
}

const DROPPED: &[&str] = &["a column that is dropped with CASCADE"];
const UNSEEN: &[&str] = &["a restrictive policy that is made later", "a lookup policy that is dropped"];
const LOST: &[&str] = &[UNSEEN[0], UNSEEN[1], "look-ups that change hands", "a dump that is restored without owners"];

const QUOTAS: &[&str] = &["a_quota_holds_for_many_rows_at_once", "the_last_owner_stays"];

pub static ALL: [Undo; 52] = [
    text("types", "functions look for types in pg_temp first", replace::empty_path),
    text("path", "functions have no path of their own", replace::no_path),
    shown(
        &["a column that is added later"],
        text("list", "column lists that name all columns are the whole table", replace::whole_table),
    ),
    text("operator", "operators of an extension's types are bare", replace::bare_operators),
    text("element", "operators for elements of lists are bare", replace::bare_operators_of_elements),
    text("nobody", "a step is not asked of who has no role of the application", replace::steps_of_roles_only),
    text("anybody", "a step may be any role's", replace::steps_of_any_role),
    text("printed", "what changes is told by what is printed", replace::printed),
    text("equal", "what changes is told by `=`", replace::equal),
    Undo {
        name: "boundary",
        what: "boundaries are policies of their own",
        how: How::Whole(rebuild::boundaries_apart),
        shows: DROPPED,
        found_by: None,
    },
    shown(DROPPED, text("tie", "writing policies do not know of their trigger", replace::untied)),
    shown(
        &["a trigger that makes texts uniform"],
        text("before", "steps are asked before the application's triggers", replace::asked_before),
    ),
    text("null", "a claim that is null is a list, and only texts are in lists", replace::json_null),
    Undo {
        name: "identity",
        what: "look-ups ask the identity themselves",
        how: How::Whole(rebuild::identity_inside),
        shows: &[],
        found_by: None,
    },
    shown(LOST, text("guard", "look-ups answer whatever they see", replace::unguarded)),
    shown(UNSEEN, text("role", "look-ups ask who they run as, and not what they see", replace::sees_little)),
    shown(&[hostile::LONG], text("clock", "now is the transaction's start", replace::transaction_start)),
    text("operand", "a missing operand under a negation is not asked for", replace::no_operands),
    shown(&["partitions by what changes"], text("move", "records move between partitions", replace::moves)),
    shown(&["a session that replicates"], text("replica", "triggers are not asked of replicas", replace::not_always)),
    text("barrier", "masking views are no barrier", replace::no_barrier),
    last_step("heirs", "the last step does not see children of a table", &["a child by inheritance"]),
    last_step("policies", "the last step does not see policies of others", &["a policy for everybody"]),
    last_step("banned", "the last step does not see restrictive policies of others", &["a restrictive policy for everybody"]),
    last_step("logins", "the last step does not see what logins hold", &["privileges of the logins"]),
    text("cast", "texts of the session are cast as they are", replace::casts),
    Undo {
        found_by: found_by("only what else the statement does can tell", &["a_refused_step_is_seen_by_nothing_of_its_statement"]),
        ..anywhere("late", "a step is refused at the end of the statement", replace::refused_late)
    },
    text("rows", "rows of the user's are not compared with the record", beyond::rows_not_compared),
    Undo {
        found_by: found_by("quotas are rarely reached here", QUOTAS),
        ..anywhere("anew", "what a statement changes is not asked anew", beyond::not_anew)
    },
    Undo {
        found_by: found_by("one session does not wait for itself", QUOTAS),
        ..anywhere("lock", "numbers of rows are asked without a lock", beyond::no_lock)
    },
    text("up", "a tree is followed upwards for one step", beyond::one_step_up),
    text("down", "a tree is followed downwards for one step", beyond::one_step_down),
    text("beneath", "memberships count one step beneath", beyond::one_step_beneath),
    whole("below", "memberships do not count beneath", beyond::not_below),
    whole("holder", "whom a membership counts for is its column", beyond::no_holder),
    whole("filter", "which memberships count depends on nothing", beyond::no_filter),
    text("permission", "any list of permissions has the one that is asked for", beyond::any_permission),
    text("every", "all of nothing is had by every list", beyond::all_of_nothing),
    text("parts", "the parts of a key are looked for one by one", beyond::parts_apart),
    text("preset", "what is set fills in what is empty", beyond::fills_only),
    text("whole", "updates that name every column change what no grant names", beyond::open_to_updates),
    text("derived", "what is derived is cast as it is", beyond::derived_as_it_is),
    text("case", "letters count as they are", compared::as_written),
    text("day", "a day is its first moment", compared::first_moment),
    whole("key", "whom references lead to is whom the session names", compared::session_is_the_key),
    text("said", "of a list that the session says its first counts", compared::first_that_is_said),
    text("count", "one row is enough", compared::one_is_enough),
    text("hashed", "what a hashed list excludes is let in", compared::excludes_nothing),
    whole("operations", "boundaries limit all operations", compared::all_operations),
    text("former", "what a record was is not compared with what it is", beyond::nothing_former),
    text("all", "whom a hint tells to see all does", hinted::sees_all),
    text("none", "whom a hint tells to have no key finds nothing", hinted::has_none),
];

/// A state as the statements of its objects, which can be changed at will.
#[derive(Clone)]
pub struct Texts {
    version: u32,
    objects: Vec<Recorded>,
}

impl Texts {
    fn of(state: &State) -> Texts {
        let of = |object: &Object| Recorded {
            kind: object.kind(),
            name: object.id().name.clone(),
            table: object.table(),
            lookup_role: object.actor(true).map(str::to_owned),
            owner: object.owner().cloned(),
            create: object.create(),
            drop: object.drop(),
        };
        Texts { version: state.version, objects: state.objects.iter().map(of).collect() }
    }

    /// Each statement as it is replaced.
    fn with(&self, replace: impl Fn(&Recorded, &str) -> String) -> Texts {
        let mut undone = self.clone();
        for object in &mut undone.objects {
            object.create = object.create.iter().map(|one| replace(object, one)).collect();
        }
        undone
    }

    /// Without a last step.
    fn script(&self) -> String {
        let objects = self.objects.iter().map(|object| Object::new(object.clone(), Vec::new())).collect();
        plan::desired_state(&State { version: self.version, objects, check: None })
    }
}

impl Undo {
    pub fn named(name: &str) -> Option<&'static Undo> {
        ALL.iter().find(|undo| undo.name == name)
    }

    /// The script with the fault in it and without the last step, which compares what is there with what should be; none where the project has
    /// nothing to undo.
    pub fn script(&self, state: &State, project: &Project) -> Result<Option<String>, String> {
        let texts = Texts::of(state);
        let plain = texts.script();
        let undone = match &self.how {
            How::Text(replace) => texts.with(|object, one| replace(object, one, project)).script(),
            How::Anywhere(replace) => texts.with(replace).script(),
            How::Whole(rebuild) => rebuild(&texts, project)?.script(),
            How::LastStep => return Ok(Some(plain)),
        };
        Ok((undone != plain).then_some(undone))
    }

    /// The same of any project, where the fault is one of statements alone.
    pub fn script_anywhere(&self, state: &State) -> Option<String> {
        let How::Anywhere(replace) = self.how else { return None };
        let texts = Texts::of(state);
        let undone = texts.with(replace).script();
        (undone != texts.script()).then_some(undone)
    }

    /// Whether it could show.
    pub fn shows(&self, circumstances: &Circumstances) -> bool {
        let mut beside = circumstances.surroundings.iter().map(|(one, _)| one.name);
        let change = circumstances.change.as_ref().map(Change::name);
        let long = circumstances.long.then_some(hostile::LONG);
        self.shows.is_empty()
            || beside.any(|name| self.shows.contains(&name))
            || change.or(long).is_some_and(|name| self.shows.contains(&name))
    }

    /// What may stand beside the project without the last step.
    pub fn keeps(&self, surrounding: &str) -> bool {
        !self.is_last_step() || self.shows.contains(&surrounding)
    }

    /// Whether it is about the last step alone.
    pub fn is_last_step(&self) -> bool {
        matches!(self.how, How::LastStep)
    }
}
