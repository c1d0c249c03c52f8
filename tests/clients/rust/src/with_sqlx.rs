//! `sqlx`, with its own pool.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres, Transaction};

pub async fn pool(url: &str, size: u32) -> Result<PgPool, sqlx::Error> {
    // Poolers by transaction may not keep prepared statements, and PgBouncer does not know every parameter of a connection.
    let options = url.parse::<PgConnectOptions>()?.statement_cache_capacity(0).extra_float_digits(None);
    PgPoolOptions::new().max_connections(size).connect_with(options).await
}

/// Begins a transaction as a user, or as nobody. It ends with `commit`, or rolls back where it is dropped, and whoever gets the connection next is nobody again.
pub async fn act_as(pool: &PgPool, user: Option<&str>) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT set_config('role', 'app_user', true), set_config('app.user_id', $1, true)")
        .bind(user.unwrap_or_default())
        .persistent(false)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}
