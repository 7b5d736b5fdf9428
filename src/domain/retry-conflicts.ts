import { Failure } from "./failure.ts"

const ATTEMPTS = 10

/**
 * Tries again while other requests are faster: while an attempt writes nothing and returns undefined, or throws an error that
 * `isConflict`. Throws the error of the last attempt.
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
  }
  throw new Error(`nothing was written in ${ATTEMPTS} attempts`)
}

export const isVersionConflict = (error: unknown) =>
  error instanceof Failure && error.reason.kind === "version_conflict"
