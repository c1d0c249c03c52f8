//! The command line and the library of rowgate; `project::Workspace` is where another program begins.
//!
#![doc = include_str!("../ARCHITECTURE.md")]

pub mod access;
pub mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
#[cfg(feature = "db")]
pub mod db;
pub mod diagnostic;
pub mod doctor;
pub mod encode;
pub mod import;
pub mod lint;
pub mod model;
pub mod objects;
mod parallel;
pub mod plan;
pub mod project;
pub mod pull;
pub mod report;
pub mod scenario;
pub mod sql;
pub mod syntax;
pub mod verify;
pub mod yaml;

pub use syntax::ast;
