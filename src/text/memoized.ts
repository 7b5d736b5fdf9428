const RESULTS_KEPT = 1_000

/**
 * Keeps up to 1,000 results of `compute`, and drops all of them beyond that: to make a format of a language takes long, and lists are
 * opened again and again. A result must depend on nothing but its key, and nobody may change it.
 */
export const memoized = <K extends string | number, T extends NonNullable<unknown>>(
  compute: (key: K) => T,
): ((key: K) => T) => memoizedBy((key) => key, compute)

/** The same for a function of several arguments, which `toKey` makes one key of. */
export function memoizedBy<Args extends unknown[], T extends NonNullable<unknown>>(
  toKey: (...args: Args) => string | number,
  compute: (...args: Args) => T,
): (...args: Args) => T {
  const known = new Map<string | number, T>()
  return (...args) => {
    const key = toKey(...args)
    const result = known.get(key)
    if (result !== undefined) return result
    if (known.size >= RESULTS_KEPT) known.clear()
    const computed = compute(...args)
    known.set(key, computed)
    return computed
  }
}
