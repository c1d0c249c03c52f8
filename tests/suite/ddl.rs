//! A catalog as CREATE statements, so that a test's schema file is also its database.

pub use rowgate::objects::create_tables as create;
