//! What a database is told, as SQL. In: [`Model`](crate::model::Model) and [`Encoding`](crate::encode::Encoding). Out:
//! [`State`](crate::objects::State), every object that the database should have. It does not know what the database has now, nor how an object is made.

mod audit;
mod beneath;
mod case;
mod changes;
mod checks;
mod claims;
mod climbs;
mod closed;
mod containment;
mod derived;
mod expression;
mod facts;
mod functions;
mod generate;
mod guards;
mod hints;
mod index_script;
mod indexes;
mod inspection;
mod lookups;
mod lower;
mod masking;
mod numbers;
mod presets;
mod reach;
mod record;

mod relations;
mod render;
mod render_select;
#[cfg(test)]
mod render_tests;
mod row_context;
mod select;
mod session;
mod session_value;
mod sets;
mod shapes;
mod sought_rows;
mod split;
mod steps;
mod tuples;
mod unknown;
mod upkeep;
mod user_rows;
mod values;
mod windows;
mod written;

pub use checks::{
    Closed, about as about_finding, accepted_as, findings, findings_beforehand, findings_by_a_session, in_the_way,
    is_about_definers, is_about_policies_of_others, is_undecided, left_open, policies_of_others,
};
pub use generate::generate;
pub use index_script::{index_script, index_statements};
pub use indexes::{WantedIndex, lost_indexes, wanted_indexes};
pub use record::{facts_query, facts_settings};
pub use shapes::tables_without_gate;

use crate::objects::quote;
