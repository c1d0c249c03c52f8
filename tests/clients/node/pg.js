import pg from "pg";

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL ?? 10) });

/** Does `work` in one transaction as a user, or as nobody (`null`). Whoever gets the connection next is nobody again. */
export async function actAs(user, work) {
  const client = await pool.connect();
  let broken;
  try {
    await client.query("BEGIN");
    await client.query("SELECT set_config('role', 'app_user', true), set_config('app.user_id', $1, true)", [user ?? ""]);
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure) => (broken = failure));
    throw error;
  } finally {
    client.release(broken); // A connection that cannot roll back is closed.
  }
}
