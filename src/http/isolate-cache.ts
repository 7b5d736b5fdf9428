const ENTRIES_MAX = 1_000

/** What this isolate remembers of a database, by keys; forgotten when it gets large. Tests use several databases in one isolate. */
export class IsolateCache<T> {
  #byDatabase = new WeakMap<D1Database, Map<string, T>>()

  get(database: D1Database, key: string): T | undefined {
    return this.#byDatabase.get(database)?.get(key)
  }

  set(database: D1Database, key: string, value: T): void {
    const entries = this.#byDatabase.get(database) ?? new Map<string, T>()
    this.#byDatabase.set(database, entries)
    if (entries.size >= ENTRIES_MAX) entries.clear()
    entries.set(key, value)
  }

  delete(database: D1Database, key: string): void {
    this.#byDatabase.get(database)?.delete(key)
  }
}
