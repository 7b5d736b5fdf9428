import { Failure } from "./failure.ts"

const ATTEMPTS = 20
/** The longest wait after the first conflict, and how much it grows with each further one. */
const WAIT_MS = 5

/**
 * Tries again while other requests are faster: while an attempt writes nothing and returns undefined, or throws an error that
 * `isConflict`. Waits between attempts, each time for another while, so that requests for the same row get out of each other's way.
 * Throws the error of the last attempt.
 */
export async function retryConflicts<T>(
  attempt: () => Promise<T | undefined>,
  isConflict: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let n = 1; n <= ATTEMPTS; n++) {
    try {
      const result = await attempt()
      if (result !== undefined) return result
    } catch (error) {
      if (n === ATTEMPTS || !isConflict(error)) throw error
    }
    await sleep(Math.random() * WAIT_MS * n)
  }
  throw new Error(`nothing was written in ${ATTEMPTS} attempts`)
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export const isVersionConflict = (error: unknown) =>
  error instanceof Failure && error.reason.kind === "version_conflict"
