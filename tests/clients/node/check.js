// Tries one of the programs beside this file: `node check.js pg` or `node check.js drizzle`.

import assert from "node:assert/strict";

import { eq } from "drizzle-orm";

const name = process.argv[2];
const { pool, actAs, items } = await import(`./${name}.js`);

// What the application does, in the words of each client.
const see = {
  pg: async (client) => (await client.query("SELECT id FROM items ORDER BY id")).rows.map((row) => row.id),
  drizzle: async (client) => (await client.select({ id: items.id }).from(items).orderBy(items.id)).map((row) => row.id),
}[name];
const create = {
  pg: (client, id, user) => client.query("INSERT INTO items (id, user_id, name) VALUES ($1, $2, 'Lamp')", [id, user]),
  drizzle: (client, id, user) => client.insert(items).values({ id, user_id: user, name: "Lamp" }),
}[name];
const remove = {
  pg: (client, id) => client.query("DELETE FROM items WHERE id = $1", [id]),
  drizzle: (client, id) => client.delete(items).where(eq(items.id, id)),
}[name];

const OF = new Map([["1", [11, 12]], ["2", [21, 22]], [null, []], ["99", []], ["nonsense", []]]);

// As somebody, and as nobody.
for (const [user, ids] of OF) {
  assert.deepEqual(await actAs(user, see), ids, `what ${user} sees`);
}

// What is done stays, and is the user's own.
await actAs("1", (client) => create(client, 13, 1));
assert.deepEqual(await actAs("1", see), [11, 12, 13]);
assert.deepEqual(await actAs("2", see), [21, 22]);
await actAs("1", (client) => remove(client, 13));

// An error in the middle: nothing stays, of the work or of the identity.
const refused = actAs("1", async (client) => {
  await create(client, 13, 1);
  await create(client, 23, 2);
});
await assert.rejects(refused, (error) => (error.code ?? error.cause?.code) === "42501");
assert.deepEqual(await actAs("1", see), [11, 12]);
const failed = actAs("1", () => Promise.reject(new Error("of the application")));
await assert.rejects(failed, /of the application/);
assert.deepEqual(await actAs(null, see), []);

// Many users in one pool, at once.
const users = Array.from({ length: 60 }, (_, index) => [...OF.keys()][index % OF.size]);
const seen = await Promise.all(users.map((user) => actAs(user, see)));
users.forEach((user, index) => assert.deepEqual(seen[index], OF.get(user), `what ${user} sees among others`));

// Outside of a transaction nobody is anybody, whoever came before: the login has no rights of its own.
assert.deepEqual(await actAs("2", see), [21, 22]);
const { rows } = await pool.query("SELECT current_setting('app.user_id', true) AS identity, current_user = session_user AS is_login");
assert.ok(!rows[0].identity && rows[0].is_login, `${rows[0].identity} is left`);
await assert.rejects(pool.query("SELECT FROM items"), (error) => error.code === "42501");

await pool.end();
console.log(`${name}: as it should be`);
