import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { json } from "node:stream/consumers"

const DATABASES = "/accounts/acc_1/d1/database"

/**
 * A stand-in for Cloudflare's API with one database, which `schema` creates. Of every five requests, one is refused because
 * there were too many, and now and then a response gets lost after the request had its effect.
 */
export async function startD1Api(schema: string, name = "vestibule") {
  const database = new DatabaseSync(":memory:")
  database.exec(schema)
  let requests = 0

  async function answer(request: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://api")
    if (pathname === "/accounts") return [{ id: "acc_1", name: "Acme" }]
    if (pathname === DATABASES) return searchParams.get("name") === name ? [{ uuid: "db_1", name }] : []
    if (pathname === `${DATABASES}/db_1/time_travel/bookmark`) return { bookmark: `b-${changes(database)}` }
    if (pathname !== `${DATABASES}/db_1/raw`) throw new Error(`no route ${pathname}`)
    const { sql, params } = (await json(request)) as { sql: string; params: SQLInputValue[] }
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return [{ success: true, results: { rows: statement.all(...params) } }]
  }

  const server = createServer(async (request, response) => {
    requests += 1
    const { authorization, "x-auth-key": key, "x-auth-email": email } = request.headers
    const isAllowed = authorization === "Bearer token" || (key === "key" && email === "dana@acme.example")
    if (requests % 5 === 0) return response.writeHead(429, { "Retry-After": "0" }).end()
    const body = await answer(request).then(
      (result) => ({ success: isAllowed, result: isAllowed ? result : null, errors: [] }),
      (error: Error) => ({ success: false, errors: [{ code: 7500, message: error.message }] }),
    )
    if (requests % 83 === 0) return response.destroy()
    return response.setHeader("Content-Type", "application/json").end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    database,
    env: { CLOUDFLARE_API_BASE_URL: url, CLOUDFLARE_API_TOKEN: "token" },
    requestCount: () => requests,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

const changes = (database: DatabaseSync) => database.prepare("SELECT total_changes() AS n").get()?.n
