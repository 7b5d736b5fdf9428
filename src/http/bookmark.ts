import type { Context } from "hono"
import type { Route } from "../routes.ts"
import { openDb, openNotedDb } from "../storage/db.ts"
import { NotedDatabase } from "../storage/noted-database.ts"
import { countedD1 } from "../storage/query-costs.ts"
import { readTogether } from "../storage/read-together.ts"
import { type AppEnv, factory } from "./context.ts"
import { deletePrivateCookie, readPrivateCookie, setPrivateCookie } from "./private-cookies.ts"
import { isReadRequest } from "./read-request.ts"
import { shownAgain } from "./shown-again.ts"

// Pages are read from the replica of the database that is nearest. So that everybody sees what they have just changed, the response to a
// change leaves the bookmark of the database in a cookie, and a replica that isn't as new waits until it is.

/** Much longer than a replica is behind. */
const BOOKMARK_SECONDS = 15 * 60
const BOOKMARK_FORMAT = /^[0-9a-f]{1,64}(-[0-9a-f]{1,64}){0,7}$/

/** Everything but pages reads and writes in one place. */
const PRIMARY = "first-primary"

/** What shows secrets, or asks for them: a session that has ended must not open it, not even while a replica doesn't know. */
const SENSITIVE: Route["name"][] = [
  "identity.show",
  "webhooks.show",
  "settings.mailbox.show",
  "settings.mailbox.text",
  "settings.mailbox.html",
]

/** True if a replica may serve the page. Links from emails belong to nobody's session, and must work as soon as they arrive. */
export const isReadNearby = ({ method, area, name, isConfirmed }: Route): boolean =>
  method === "GET" && ["session", "staff", "member"].includes(area) && !isConfirmed && !SENSITIVE.includes(name)

/** Lets forms write to the primary, and gives the browser the bookmark after whatever a request has written. */
export const keepBookmark = factory.createMiddleware(async (c, next) => {
  if (!isReadRequest(c)) useDatabase(c, new NotedDatabase(() => countedD1(c.env.DB.withSession(PRIMARY))))
  await next()
  const { hasWritten, bookmark } = c.var.notedDatabase ?? {}
  if (hasWritten && bookmark) setPrivateCookie(c, "bookmark", bookmark, BOOKMARK_SECONDS)
  // It may be of another database, which this one was restored from.
  else if (c.res.status >= 500 && readPrivateCookie(c, "bookmark")) deletePrivateCookie(c, "bookmark")
})

/** Lets a page read from the nearest replica that has what this browser has written. */
export const readNearby = factory.createMiddleware(async (c, next) => {
  if (!shownAgain(c)) {
    let session: D1DatabaseSession | undefined
    const start = startOf(readPrivateCookie(c, "bookmark"))
    useDatabase(c, new NotedDatabase(() => (session ??= countedD1(c.env.DB.withSession(start)))))
  }
  await next()
})

/** Where a session starts: at any replica without a bookmark, and at the primary with one that we didn't write. */
function startOf(bookmark: string | undefined): string {
  if (bookmark === undefined) return "first-unconstrained"
  return BOOKMARK_FORMAT.test(bookmark) ? bookmark : PRIMARY
}

function useDatabase(c: Context<AppEnv>, database: NotedDatabase): void {
  const db = openNotedDb(database, openDb(c.env.DB))
  c.set("notedDatabase", database)
  c.set("deps", { ...c.var.deps, db, read: (queries) => readTogether(db, queries) })
}
