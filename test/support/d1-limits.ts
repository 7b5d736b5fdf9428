import { env } from "cloudflare:workers"

// The local runtime knows only some of D1's limits (https://developers.cloudflare.com/d1/platform/limits/). With this, a statement of any
// test that exceeds one of the others fails as it would on Cloudflare.

const ARGUMENTS_MAX = 32
const PARAMS_MAX = 100
const VALUE_BYTES_MAX = 2_000_000

const checked = new Set<string>()

function checkText(sql: string): void {
  if (checked.has(sql)) return
  checked.add(sql)
  const tooMany = functionCalls(sql).find(({ count }) => count > ARGUMENTS_MAX)
  if (tooMany) throw new Error(`D1_ERROR: too many arguments on function ${tooMany.name}: SQLITE_ERROR`)
}

const FUNCTION = /^(?:json_\w+|coalesce|min|max|printf|concat)$/i

/** The functions that a statement calls, with the number of their arguments. */
function functionCalls(sql: string): { name: string; count: number }[] {
  const open: { name: string; count: number }[] = []
  const calls: { name: string; count: number }[] = []
  for (const [token] of sql.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\w*\(|[,)]/g)) {
    if (token.endsWith("(")) open.push({ name: token.slice(0, -1), count: 1 })
    const last = open.at(-1)
    if (token === "," && last) last.count += 1
    const closed = token === ")" ? open.pop() : undefined
    if (closed && FUNCTION.test(closed.name)) calls.push(closed)
  }
  return calls
}

function checkValues(values: unknown[]): void {
  if (values.length > PARAMS_MAX) throw new Error("D1_ERROR: too many SQL variables: SQLITE_ERROR")
  const isTooBig = (value: unknown) =>
    typeof value === "string" &&
    value.length > VALUE_BYTES_MAX / 3 &&
    new TextEncoder().encode(value).length > VALUE_BYTES_MAX
  if (values.some(isTooBig)) throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG")
}

type Prepares = { prepare: (sql: string) => D1PreparedStatement }

// Once: modules are evaluated once for all test files of a Worker.
for (const database of [env.DB, env.DB.withSession()]) {
  const prototype: Prepares = Object.getPrototypeOf(database)
  const { prepare } = prototype
  prototype.prepare = function (this: unknown, sql) {
    checkText(sql)
    return Reflect.apply(prepare, this, [sql])
  }
}

const statement: Pick<D1PreparedStatement, "bind"> = Object.getPrototypeOf(env.DB.prepare("SELECT 1"))
const { bind } = statement
statement.bind = function (this: unknown, ...values) {
  checkValues(values)
  return Reflect.apply(bind, this, values)
}
