//! What there is to say of a project to whoever reviews it, in one piece. In: a compiled project, what its scenarios showed, what was signed off before. Out: [`Report`], which
//! is data; `report/html` makes a page of it and knows nothing else. It knows no files.

mod access;
mod classes;
mod data;
#[cfg(feature = "cli")]
pub mod html;
mod lines;
mod make;
mod people;
mod reviews;
mod roles;
mod rules;
mod tried;

pub use access::{Call, Cell, Note, Row, Table};
pub use classes::{Class, ClassField};
pub use data::{Change, Finding, KIND, Report, Since, Summary};
pub use lines::access;
pub use make::{Input, make};
pub use people::{May, People, Person, Reach, Reached, Who};
pub use reviews::{Access, Compared, Difference, Record, RecordError, VERSION};
pub use roles::{Given, Membership, Role};
pub use rules::{Action, Boundary, Clause, Never, Policy, Rule};
pub use tried::{Failed, Gap, Part, Tests, Tried, TriedError};
