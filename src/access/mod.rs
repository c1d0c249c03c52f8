//! How rules combine: for each table, the sessions of each database role and each operation, the grants that may be used. In:
//! [`Model`](crate::model::Model). Out: [`Access`]. It does not know what a database can be told of it, nor how SQL is written.

mod alike;
mod combine;
mod compare;
mod convert;
pub mod decide;
mod delegation;
pub mod evaluate;
mod filled;
mod former;
mod grants;
mod holds;
mod memory;
mod predicate;
mod reading;
mod review;
mod text;

pub use combine::{combine, combine_again};
pub use compare::{Changed, Direction, Side, compare, unlike_beside_rules};
pub use convert::plain;
pub(crate) use delegation::role_uses;
pub use filled::sets;
pub use former::former_columns;
pub use grants::{Access, BoundaryAccess, Grant, RoleAccess, TableAccess};
pub use holds::holds;
pub use memory::Memory;
pub use predicate::{Atom, Exists, Predicate, own_columns};
pub use review::{Answer, Review, RoleReview, Way, review};
pub use text::render;
