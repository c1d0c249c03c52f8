import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import pg from "pg";

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL ?? 10) });
const database = drizzle({ client: pool });

export const items = pgTable("items", {
  id: integer().primaryKey(),
  user_id: integer(),
  name: text(),
});

/** Does `work` in one transaction as a user, or as nobody (`null`). Queries go to what it is given, never to `database`. */
export function actAs(user, work) {
  return database.transaction(async (transaction) => {
    await transaction.execute(sql`SELECT set_config('role', 'app_user', true), set_config('app.user_id', ${user ?? ""}, true)`);
    return work(transaction);
  });
}
