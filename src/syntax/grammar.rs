//! The rules of `grammar/policy.pest`, as pest derives them.

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "../grammar/policy.pest"]
pub(super) struct Grammar;
