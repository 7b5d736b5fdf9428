import { type SQL, sql } from "drizzle-orm"

/**
 * What an expression returns as JSON, which is never NULL, parsed. SQLite puts the result of a JSON function into other JSON as it is
 * (`readTogether`); concatenated with a text, it is a text.
 */
export const jsonColumn = <T>(json: SQL): SQL<T> => sql`(${json} || '')`.mapWith((text: string): T => JSON.parse(text))
