/** A session of a database that a test has replaced by another object. */
export const sessionOf = (database: D1Database): D1DatabaseSession => ({
  prepare: (sql) => database.prepare(sql),
  batch: (statements) => database.batch(statements),
  getBookmark: () => null,
})
