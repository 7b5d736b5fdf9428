import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import type { Read } from "../domain/deps.ts"

type Query = BatchItem<"sqlite">

/**
 * A `read` that checks access in the same round trip: its first batch includes `authQuery`, which must find a row. If it doesn't,
 * `onDenied` throws and the results are discarded. `ensureChecked` runs the check if nothing was read.
 */
export function withBatchedAuth(read: Read, authQuery: () => Query, onDenied: () => Promise<never>) {
  let isChecked = false

  async function check(queries: readonly Query[]): Promise<unknown[]> {
    const [authRows, ...results] = await read([authQuery(), ...queries])
    if (!Array.isArray(authRows) || authRows.length === 0) return onDenied()
    isChecked = true
    return results
  }

  const readWithAuth = async <U extends Query, T extends Readonly<[U, ...U[]]>>(queries: T) =>
    isChecked ? read<U, T>(queries) : ((await check(queries)) as BatchResponse<T>)

  return {
    read: readWithAuth,
    ensureChecked: async () => {
      if (!isChecked) await check([])
    },
  }
}
