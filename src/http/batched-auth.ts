import type { BatchItem } from "drizzle-orm/batch"
import type { Db } from "../storage/db.ts"

type Statement = BatchItem<"sqlite">

/**
 * A `db` that checks access in the same round trip as it reads: its first batch includes `authQuery`, which must find a row. If
 * it doesn't, `onDenied` throws and the results are discarded. `ensureChecked` runs the check if there was no batch.
 */
export function withBatchedAuth(db: Db, authQuery: () => Statement, onDenied: () => Promise<never>) {
  let isChecked = false

  async function batch(statements: Statement[]): Promise<unknown[]> {
    if (isChecked) return runBatch(statements)
    const [authRows, ...results] = await runBatch([authQuery(), ...statements])
    if (!Array.isArray(authRows) || authRows.length === 0) return onDenied()
    isChecked = true
    return results
  }

  async function runBatch(statements: Statement[]): Promise<unknown[]> {
    const [first, ...rest] = statements
    return first ? db.batch([first, ...rest]) : []
  }

  return {
    db: new Proxy(db, { get: (target, name) => (name === "batch" ? batch : Reflect.get(target, name)) }),
    ensureChecked: async () => {
      if (!isChecked) await batch([])
    },
  }
}
