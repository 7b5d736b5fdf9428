type Session = Pick<D1DatabaseSession, "prepare" | "batch" | "getBookmark">

/**
 * A database that notes whether anything was written, and the newest bookmark. Each statement and each batch runs in the session that
 * `openSession` returns.
 */
export class NotedDatabase {
  hasWritten = false
  bookmark: string | null = null
  readonly #openSession: () => Session

  constructor(openSession: () => Session) {
    this.#openSession = openSession
  }

  prepare(sql: string): NotedStatement {
    const session = this.#openSession()
    return new NotedStatement(session.prepare(sql), () => {
      if (!/^\s*select\b/i.test(sql)) this.hasWritten = true
      this.#note(session.getBookmark())
    })
  }

  /** Takes statements of this database and of others: a session reads only what they say. */
  async batch(statements: (D1PreparedStatement | NotedStatement)[]): Promise<D1Result[]> {
    const session = this.#openSession()
    const results = await session.batch(statements.map((one) => (one instanceof NotedStatement ? one.statement : one)))
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

/** What drizzle uses of a statement. */
class NotedStatement {
  readonly statement: D1PreparedStatement
  readonly #note: () => void

  constructor(statement: D1PreparedStatement, note: () => void) {
    this.statement = statement
    this.#note = note
  }

  bind(...values: unknown[]): NotedStatement {
    return new NotedStatement(this.statement.bind(...values), this.#note)
  }

  run = () => this.#noted(this.statement.run())
  all = () => this.#noted(this.statement.all())
  raw = () => this.#noted(this.statement.raw())

  async #noted<T>(result: Promise<T>): Promise<T> {
    await result
    this.#note()
    return result
  }
}
