/** What `toSearchRuns` makes of text that is folded already, in SQL: for tests that fill the database with one statement. */
export const searchRunsSql = (text: string) =>
  `(WITH RECURSIVE folded (line) AS (SELECT ${text}),
    start (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM start, folded WHERE n < length(line))
    SELECT group_concat(substr(line, n, 3), char(10)) FROM start, folded)`
