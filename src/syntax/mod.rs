//! Text to syntax tree. In: the text of a `.policy` file. Out: [`ast::File`] and messages. This is the only
//! user of pest; it knows nothing of schemas, roles or SQL.

pub mod ast;
mod build;
mod build_conditions;
mod cut;
mod grammar;
mod habits;
mod limits;
mod parser;
mod raw_sql;
mod recover;
mod rows;
mod symbols;
mod unseen;
#[cfg(test)]
mod words_tests;

pub use build_conditions::{day_after, is_day};
pub use habits::{nearly_operator, number_in_words, quantity};
pub use limits::{MAX_FILE_BYTES, MAX_NESTING, block_length, comment_start};
pub use parser::{
    Piece, check_file, is_label, is_statement, parse_condition, parse_file, parse_operand, parse_piece, pieces, without_rules,
};
pub use rows::MAX_COUNT;
