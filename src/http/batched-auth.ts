import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import type { AccessGuard, Read } from "../domain/deps.ts"

type Query = BatchItem<"sqlite">

type AccessCheck = {
  /** The statements that read what grants access. */
  queries: () => readonly Query[]
  /** Tells by their rows whether access is granted. */
  isGranted: (rows: unknown[]) => boolean
  /** Throws why access isn't granted. */
  deny: () => Promise<never>
  /** The statement that makes a batch fail unless access is granted. */
  guardStatement?: () => Query
}

/**
 * A `read` that checks access in the same round trip: its first batch begins with the statements of the check, and its results are
 * discarded unless they grant access. `accessGuard` does the same for a batch that writes, unless the batch checks access itself.
 * `ensureChecked` runs the check if neither was done. What was denied once is denied without asking again.
 */
export function withBatchedAuth(read: Read, { queries: authQueries, isGranted, deny, guardStatement }: AccessCheck) {
  let isChecked = false
  let denial: Promise<never> | undefined

  async function check(queries: readonly Query[]): Promise<unknown[]> {
    if (denial) return denial
    const [first, ...others] = authQueries()
    if (!first) throw new Error("a check of access needs a statement")
    const results: unknown[] = await read([first, ...others, ...queries])
    const authRows = results.splice(0, others.length + 1)
    if (!isGranted(authRows)) {
      denial = deny()
      return denial
    }
    isChecked = true
    return results
  }

  const readWithAuth = async <U extends Query, T extends Readonly<[U, ...U[]]>>(queries: T) =>
    isChecked ? read<U, T>(queries) : ((await check(queries)) as BatchResponse<T>)

  const ensureChecked = async () => {
    if (!isChecked) await check([])
  }

  const accessGuard: AccessGuard = {
    ensureGranted: ensureChecked,
    runBatch: async (statements, { isSelfChecked }) => {
      if (!guardStatement) return read(statements)
      if (isSelfChecked) {
        const [first, ...others]: unknown[] = await read(statements)
        isChecked = Array.isArray(first) && first.length > 0 // without a row, the next read checks access
        return [first, ...others]
      }
      if (isChecked) return read(statements)
      const [, ...results] = await read([guardStatement(), ...statements]).catch((error) => {
        if (!isAccessDenied(error)) throw error
        denial ??= deny()
        return denial
      })
      isChecked = true
      return results
    },
  }

  return { read: readWithAuth, accessGuard, ensureChecked }
}

/** True if a batch failed because its guard did. */
function isAccessDenied(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes("access denied")) return true
  }
  return false
}
