const RESULTS_KEPT = 1_000

/** Computes each result once, and forgets all when there are very many. `compute` depends on its key alone, and returns no `undefined`. */
export function memoized<K, T extends NonNullable<unknown>>(compute: (key: K) => T): (key: K) => T {
  const known = new Map<K, T>()
  return (key) => {
    const result = known.get(key)
    if (result !== undefined) return result
    if (known.size >= RESULTS_KEPT) known.clear()
    const computed = compute(key)
    known.set(key, computed)
    return computed
  }
}
