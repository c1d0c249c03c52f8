//! Tries `with_sqlx`.

use rowgate_clients::with_sqlx::{act_as, pool};
use rowgate_clients::{REFUSED, SEEN};
use sqlx::{Error, PgPool, Postgres, Row, Transaction};

async fn seen_by(pool: &PgPool, user: Option<&str>) -> Result<Vec<i32>, Error> {
    let mut transaction = act_as(pool, user).await?;
    let ids = sqlx::query_scalar("SELECT id FROM items ORDER BY id").persistent(false).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(ids)
}

async fn create(transaction: &mut Transaction<'_, Postgres>, id: i32, user: i32) -> Result<(), Error> {
    let insert = sqlx::query("INSERT INTO items (id, user_id, name) VALUES ($1, $2, 'Lamp')").bind(id).bind(user);
    insert.persistent(false).execute(&mut **transaction).await.map(drop)
}

fn is_refusal(error: &Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == REFUSED)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = std::env::var("POOL").map_or(Ok(10), |size| size.parse())?;
    let pool = pool(&std::env::var("DATABASE_URL")?, size).await?;

    // As somebody, and as nobody.
    for (user, ids) in SEEN {
        assert_eq!(seen_by(&pool, user).await?, ids, "{user:?}");
    }

    // What is done stays, and is the user's own.
    let mut transaction = act_as(&pool, Some("1")).await?;
    create(&mut transaction, 13, 1).await?;
    transaction.commit().await?;
    assert_eq!(seen_by(&pool, Some("1")).await?, [11, 12, 13]);
    assert_eq!(seen_by(&pool, Some("2")).await?, [21, 22]);
    let mut transaction = act_as(&pool, Some("1")).await?;
    let removed = sqlx::query("DELETE FROM items WHERE id = 13").persistent(false).execute(&mut *transaction).await?;
    transaction.commit().await?;
    assert_eq!(removed.rows_affected(), 1);

    // An error in the middle: nothing stays, of the work or of the identity.
    let mut transaction = act_as(&pool, Some("1")).await?;
    create(&mut transaction, 13, 1).await?;
    assert!(create(&mut transaction, 23, 2).await.is_err_and(|error| is_refusal(&error)));
    drop(transaction);
    assert_eq!(seen_by(&pool, Some("1")).await?, [11, 12]);
    drop(act_as(&pool, Some("1")).await?);
    assert!(seen_by(&pool, None).await?.is_empty());

    // Many users in one pool, at once.
    let all = (0..60).map(|index| {
        let (pool, (user, ids)) = (pool.clone(), SEEN[index % SEEN.len()]);
        tokio::spawn(async move { (seen_by(&pool, user).await, ids) })
    });
    for one in all.collect::<Vec<_>>() {
        let (seen, ids) = one.await?;
        assert_eq!(seen?, ids);
    }

    // Outside of a transaction nobody is anybody, whoever came before: the login has no rights of its own.
    assert_eq!(seen_by(&pool, Some("2")).await?, [21, 22]);
    let asked = "SELECT coalesce(current_setting('app.user_id', true), '') = '' AND current_user = session_user";
    assert!(sqlx::query(asked).persistent(false).fetch_one(&pool).await?.get::<bool, _>(0));
    let refused = sqlx::query("SELECT FROM items").persistent(false).execute(&pool).await;
    assert!(refused.is_err_and(|error| is_refusal(&error)));
    println!("sqlx: as it should be");
    Ok(())
}
