//! Tries `with_postgres`.

use postgres::types::Type;
use postgres::{Error, Transaction};
use rowgate_clients::with_postgres::{Pool, act_as, pool};
use rowgate_clients::{REFUSED, SEEN};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn see(transaction: &mut Transaction<'_>) -> Result<Vec<i32>, Failure> {
    let rows = transaction.query_typed("SELECT id FROM items ORDER BY id", &[])?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn create(transaction: &mut Transaction<'_>, id: i32, user: i32) -> Result<u64, Error> {
    transaction
        .execute_typed("INSERT INTO items (id, user_id, name) VALUES ($1, $2, 'Lamp')", &[(&id, Type::INT4), (&user, Type::INT4)])
}

fn seen_by(pool: &Pool, user: Option<&str>) -> Result<Vec<i32>, Failure> {
    act_as(pool, user, see)
}

fn is_refusal(error: &Failure) -> bool {
    error.downcast_ref::<Error>().and_then(Error::code).is_some_and(|code| code.code() == REFUSED)
}

fn main() -> Result<(), Failure> {
    let size = std::env::var("POOL").map_or(Ok(10), |size| size.parse())?;
    let pool = pool(&std::env::var("DATABASE_URL")?, size).map_err(|error| error.to_string())?;

    // As somebody, and as nobody.
    for (user, ids) in SEEN {
        assert_eq!(seen_by(&pool, user)?, ids, "{user:?}");
    }

    // What is done stays, and is the user's own.
    act_as(&pool, Some("1"), |transaction| Ok::<_, Failure>(create(transaction, 13, 1)?))?;
    assert_eq!((seen_by(&pool, Some("1"))?, seen_by(&pool, Some("2"))?), (vec![11, 12, 13], vec![21, 22]));
    let remove = |transaction: &mut Transaction<'_>| {
        Ok::<_, Failure>(transaction.execute_typed("DELETE FROM items WHERE id = $1", &[(&13, Type::INT4)])?)
    };
    assert_eq!(act_as(&pool, Some("1"), remove)?, 1);

    // An error in the middle: nothing stays, of the work or of the identity.
    let refused = act_as(&pool, Some("1"), |transaction| {
        create(transaction, 13, 1)?;
        Ok::<_, Failure>(create(transaction, 23, 2)?)
    });
    assert!(refused.is_err_and(|error| is_refusal(&error)));
    assert_eq!(seen_by(&pool, Some("1"))?, [11, 12]);
    let failed = act_as(&pool, Some("1"), |_| Err::<(), Failure>("of the application".into()));
    assert!(failed.is_err());
    assert!(seen_by(&pool, None)?.is_empty());

    // Many users in one pool, at once.
    std::thread::scope(|scope| {
        let (pool, users) = (&pool, (0..60).map(|index| SEEN[index % SEEN.len()]));
        let all: Vec<_> = users.map(|(user, ids)| (ids, scope.spawn(move || seen_by(pool, user)))).collect();
        all.into_iter().for_each(|(ids, seen)| assert_eq!(seen.join().expect("no panic").expect("an answer"), ids));
    });

    // Outside of a transaction nobody is anybody, whoever came before: the login has no rights of its own.
    assert_eq!(seen_by(&pool, Some("2"))?, [21, 22]);
    let mut client = pool.get()?;
    let asked = "SELECT coalesce(current_setting('app.user_id', true), ''), current_user = session_user";
    let row = client.query_typed(asked, &[])?;
    assert_eq!((row[0].get::<_, String>(0), row[0].get(1)), (String::new(), true));
    let refused = client.query_typed("SELECT FROM items", &[]).map_err(Failure::from);
    assert!(refused.is_err_and(|error| is_refusal(&error)));
    println!("postgres: as it should be");
    Ok(())
}
