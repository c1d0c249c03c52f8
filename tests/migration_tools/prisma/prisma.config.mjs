// Prisma Migrate with its engine in WebAssembly, which comes with the package: the other engine is a program that is fetched from elsewhere.
import pg from "pg";
import { PrismaPg } from "@prisma/adapter-pg";
import { defineConfig } from "prisma/config";

const TEXT = 25;
// "char" and name, which the engine asks the catalog for and this release of the adapter does not know.
const LIKE_TEXT = [18, 19];

function shown(result) {
  for (const field of [result].flat().flatMap((one) => one?.fields ?? [])) {
    if (LIKE_TEXT.includes(field.dataTypeID)) field.dataTypeID = TEXT;
  }
  return result;
}

class Client extends pg.Client {
  query(...given) {
    const last = given.at(-1);
    if (typeof last === "function") given[given.length - 1] = (error, result) => last(error, shown(result));
    const answer = super.query(...given);
    return answer?.then ? answer.then(shown) : answer;
  }
}

// The engine never stops the clock of its lock: nobody is to wait for that once the work is done.
const { setTimeout } = globalThis;
globalThis.setTimeout = (...given) => setTimeout(...given).unref();

// Where the database is, is told by PGHOST, PGUSER and PGDATABASE.
const pool = new pg.Pool({ Client, allowExitOnIdle: true });

// The engine that is a program sends a file as one message. This adapter would cut it at semicolons, those of function bodies too.
class Adapter extends PrismaPg {
  async connect() {
    const connection = await super.connect();
    connection.executeScript = async (script) => void (await pool.query(script));
    return connection;
  }
}

export default defineConfig({
  experimental: { adapter: true },
  engine: "js",
  schema: "schema.prisma",
  migrations: { path: process.env.MIGRATIONS },
  adapter: async () => new Adapter(pool),
});
