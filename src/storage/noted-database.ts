import { ObservedStatement, originalOf } from "./observed-statement.ts"

type Session = Pick<D1DatabaseSession, "prepare" | "batch" | "getBookmark">

/**
 * A database that notes whether anything was written, and the newest bookmark. Each statement and each batch runs in the session that
 * `openSession` returns.
 */
export class NotedDatabase implements Pick<D1Database, "prepare" | "batch"> {
  hasWritten = false
  bookmark: string | null = null
  readonly #openSession: () => Session

  constructor(openSession: () => Session) {
    this.#openSession = openSession
  }

  prepare(sql: string): D1PreparedStatement {
    const session = this.#openSession()
    return new ObservedStatement(session.prepare(sql), async (result) => {
      await result
      if (!/^\s*select\b/i.test(sql)) this.hasWritten = true
      this.#note(session.getBookmark())
      return result
    })
  }

  /** Takes statements of this database and of others: a session reads only what they say. */
  async batch<T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const session = this.#openSession()
    const results = await session.batch<T>(statements.map(originalOf))
    if (results.some(({ meta }) => meta.changed_db)) this.hasWritten = true
    this.#note(session.getBookmark())
    return results
  }

  /** For what was written in another session. */
  noteWrite(bookmark: string | null): void {
    this.hasWritten = true
    this.#note(bookmark)
  }

  /** Bookmarks are in the order of commits. */
  #note(bookmark: string | null): void {
    if (bookmark !== null && (this.bookmark === null || this.bookmark < bookmark)) this.bookmark = bookmark
  }
}
