type Observe = <R extends D1Result | unknown[]>(result: Promise<R>) => Promise<R>

/** A statement each of whose runs `observe` sees, and returns or replaces: the result, or the rows alone. */
export class ObservedStatement implements D1PreparedStatement {
  readonly original: D1PreparedStatement
  readonly #observe: Observe

  constructor(original: D1PreparedStatement, observe: Observe) {
    this.original = original
    this.#observe = observe
  }

  bind(...values: unknown[]): ObservedStatement {
    return new ObservedStatement(this.original.bind(...values), this.#observe)
  }

  all<T>(): Promise<D1Result<T>> {
    return this.#observe(this.original.all<T>())
  }

  run<T>(): Promise<D1Result<T>> {
    return this.#observe(this.original.run<T>())
  }

  first<T>(column?: string): Promise<T | null>
  async first(column?: string): Promise<unknown> {
    const [row] = (await this.all<Record<string, unknown>>()).results
    return (column === undefined ? row : row?.[column]) ?? null
  }

  raw<T>(options: { columnNames: true }): Promise<[string[], ...T[]]>
  raw<T>(options?: { columnNames?: false }): Promise<T[]>
  raw({ columnNames = false } = {}): Promise<unknown[]> {
    return this.#observe<unknown[]>(columnNames ? this.original.raw({ columnNames }) : this.original.raw())
  }
}

/** The statement that an observed one runs; any other is itself. */
export const originalOf = (statement: D1PreparedStatement): D1PreparedStatement =>
  statement instanceof ObservedStatement ? statement.original : statement
