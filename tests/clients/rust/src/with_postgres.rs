//! The client `postgres`, with a pool.

use postgres::types::Type;
use postgres::{Error, NoTls, Transaction};
use r2d2_postgres::PostgresConnectionManager;

pub type Pool = r2d2::Pool<PostgresConnectionManager<NoTls>>;

pub fn pool(url: &str, size: u32) -> Result<Pool, Box<dyn std::error::Error>> {
    let manager = PostgresConnectionManager::new(url.parse()?, NoTls);
    Ok(r2d2::Pool::builder().max_size(size).build(manager)?)
}

/// Does `work` in one transaction as a user, or as nobody. Whoever gets the connection next is nobody again.
pub fn act_as<T, E: From<Error> + From<r2d2::Error>>(
    pool: &Pool,
    user: Option<&str>,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut client = pool.get()?;
    let mut transaction = client.transaction()?; // rolls back where it is dropped
    transaction.query_typed(
        "SELECT set_config('role', 'app_user', true), set_config('app.user_id', $1, true)",
        &[(&user.unwrap_or_default(), Type::TEXT)],
    )?;
    let result = work(&mut transaction)?;
    transaction.commit()?;
    Ok(result)
}
