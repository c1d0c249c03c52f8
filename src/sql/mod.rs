//! Permissions to SQL. In: [`Model`](crate::model::Model) and [`AccessMatrix`](crate::access::AccessMatrix). Out: [`State`], every
//! object that the database should have, and its text. It does not know what the database has now.

mod audit;
mod checks;
mod claims;
mod clauses;
mod expression;
mod functions;
mod generate;
mod guards;
mod index_script;
mod indexes;
mod lookups;
mod lower;
mod masking;
mod quote;
mod relations;
mod render;
mod script;
mod session;
mod shapes;
mod state;
mod step_trigger;
mod steps;
mod values;

pub use checks::findings;
pub use generate::{VERSION, generate};
pub use index_script::{index_script, index_statements};
pub use indexes::{WantedIndex, lost_indexes, wanted_indexes};
pub use quote::{identifier, literal, qualified, r#type as type_name};
pub use script::{desired_state, transaction, write_desired_state};
pub use shapes::tables_without_gate;
pub use state::{Kind, Object, Owner, Part, State};
