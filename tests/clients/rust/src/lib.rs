//! Applications on the example project `policies/user_items`: one module for each client, and what is tried with both.

pub mod with_postgres;
pub mod with_sqlx;

/// Who sees what: everybody who is tried, and the items.
pub const SEEN: [(Option<&str>, &[i32]); 5] =
    [(Some("1"), &[11, 12]), (Some("2"), &[21, 22]), (None, &[]), (Some("99"), &[]), (Some("nonsense"), &[])];

/// The SQLSTATE of a refusal.
pub const REFUSED: &str = "42501";
