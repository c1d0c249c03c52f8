//! Talking to a PostgreSQL server: the only user of the `postgres` crate. In: a connection and what to do. Out: what the server
//! said.

mod acting;
mod beforehand;
mod beneath;
mod connect;
mod doctor;
mod explain;
mod fixture;
mod import;
mod inspect;
mod masked;
mod missing;
mod openness;
mod pgtap;
mod probe;
mod prove;
mod pull;
mod record;
mod rows;
mod scratch;
mod scripts;
mod session;
mod statements;
mod steps;
mod throw_away;
mod trials;
mod uses;
mod view;

pub use beforehand::{Loss, Missing, Why, read_losses, read_missing_rights};
pub use connect::{ConnectError, Failure as ConnectFailure, Surroundings, connect, connect_in, connect_to, names_a_server};
pub use doctor::{Asked, DoctorError, examine as look_at_database, examine_login as look_at_login};
pub use explain::{Explained, Node, Plan, Planned};
pub use fixture::{NotRun, furnish, is_fit, run_in_transaction};
pub use import::read_policies;
pub use inspect::{Deed, Done, InspectError, LiveRows, MOST_ROWS, Place, Tried, look};
pub use missing::missing_tables;
pub use openness::{Openness, read_openness};
pub use pgtap::pgtap;
pub use postgres::{Client, Error as DatabaseError, Row};
pub use probe::{Failure, insert_rows, run_scenario, run_scenarios, try_scenario};
pub use prove::{
    Compared, Difference, NotProved, Proof, Reason, Seen, explained as explained_to_proof, is_free as is_free_for_proof, prove,
    role_of_a_proof,
};
pub use pull::{PullError, Read, read_schema};
pub use record::{
    Applied, Begun, Found, RecordError, Standing, ask_last_step, is_held_up, is_overtaken, lock_room, read_differences,
    read_differences_as, read_holders, read_left_open, read_policies_of_others, read_record, read_record_as, trust_record,
};
pub use scratch::{SCRATCH, ScratchError, drop_scratch, facts_elsewhere, make_scratch, read_facts, read_server, read_skeleton};
pub use scripts::{ScriptError, ScriptReason, run_script};
pub use statements::insert;
pub use throw_away::{ServerError, ThrowAway};
pub use view::{CannotAct, Outcome, TableRows, Viewer, is_about_rows};

/// An error of the server with its SQLSTATE, detail and hint, in words.
pub fn describe_error(error: &DatabaseError) -> String {
    let Some(server) = error.as_db_error() else {
        // What failed before there was a server has its reason behind it.
        let reason = std::error::Error::source(error).map(|reason| format!(": {reason}"));
        return format!("{error}{}", reason.unwrap_or_default());
    };
    let mut text = format!("{} ({})", server.message(), server.code().code());
    // With CASCADE, policies would go with a function that they call.
    let hint = server.hint().filter(|hint| !hint.contains("CASCADE"));
    for part in [server.detail(), hint, server.where_()].into_iter().flatten() {
        text.push_str(&format!("\n  {part}"));
    }
    text
}
pub use uses::{Use, acted_as, refused_uses};
