import type { BatchItem } from "drizzle-orm/batch"
import type { Db } from "../storage/db.ts"

type Statement = BatchItem<"sqlite">

/**
 * A `db` that proves something in the same round trip as it reads: the first batch carries `proof`, a statement that must
 * find a row. When it finds none, `refuse` is called, which throws, and what was read is dropped. `settle` proves it when no
 * batch has.
 */
export function withProof(db: Db, proof: () => Statement, refuse: () => Promise<never>) {
  let isProven = false

  async function batch(statements: Statement[]): Promise<unknown[]> {
    if (isProven) return run(statements)
    const [found, ...results] = await run([proof(), ...statements])
    if (!Array.isArray(found) || found.length === 0) return refuse()
    isProven = true
    return results
  }

  async function run(statements: Statement[]): Promise<unknown[]> {
    const [first, ...rest] = statements
    return first ? db.batch([first, ...rest]) : []
  }

  return {
    db: new Proxy(db, { get: (target, name) => (name === "batch" ? batch : Reflect.get(target, name)) }),
    settle: async () => {
      if (!isProven) await batch([])
    },
  }
}
