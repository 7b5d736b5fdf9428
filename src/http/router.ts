import type { Handler, MiddlewareHandler } from "hono"
import { Hono } from "hono/tiny"
import type { MemberActor, StaffActor } from "../domain/access/actor.ts"
import { authorize, can } from "../domain/access/permissions.ts"
import { isLoopbackHost } from "../domain/webhooks/url-policy.ts"
import { findRoute, type Route, type RouteName, type RoutePath } from "../routes.ts"
import { requireMember, requireRecentConfirmation, requireSession, requireStaff } from "./auth.ts"
import { isReadNearby, readNearby } from "./bookmark.ts"
import { type AppEnv, factory } from "./context.ts"
import { limitPasswordChecks, limitPosts } from "./limit-posts.ts"
import { requireOperatorSession } from "./operator-session.ts"
import { readSettings } from "./settings.ts"

/** The routes of pages and their forms. api/router.ts serves those of the API. */
type PageRoute = RouteName<"health" | "public" | "session" | "staff" | "member" | "operatorPage" | "provider" | "local">

/** Serves routes by their names in routes.ts. Before the handlers run, it checks the permission in that table and limits forms. */
export class Router extends Hono<AppEnv> {
  serve<N extends PageRoute>(
    name: N,
    ...handlers: [...MiddlewareHandler<AppEnv>[], Handler<AppEnv, RoutePath<N>>]
  ): this {
    const route = findRoute(name)
    this.on([route.method], [route.path], ...guards(route), ...handlers)
    return this
  }
}

/** True if the person's role has the permission that the route requires. */
export function canOpen(
  actor: Pick<StaffActor, "kind" | "role"> | MemberActor,
  name: RouteName<"staff" | "member">,
): boolean {
  const { permission } = findRoute(name)
  return permission !== undefined && can(actor, permission)
}

const PASSWORD_CHECKS: string[] = ["registration.checkPassword", "passwordReset.checkPassword"]

function guards(route: Route): MiddlewareHandler<AppEnv>[] {
  const isLimited = route.method === "POST" && route.area !== "local" && route.area !== "provider"
  return [
    ...(isReadNearby(route) ? [readNearby] : []),
    ...areaGuards(route),
    ...(isLimited ? [PASSWORD_CHECKS.includes(route.name) ? limitPasswordChecks : limitPosts] : []),
    ...(route.isConfirmed ? [requireRecentConfirmation] : []),
  ]
}

function areaGuards(route: Route): MiddlewareHandler<AppEnv>[] {
  switch (route.area) {
    case "health":
    case "public":
    case "provider":
      return []
    case "session":
      return [requireSession]
    case "staff":
      return [requireStaff, requirePermission(route)]
    case "member":
      return [requireMember, requirePermission(route)]
    case "operatorPage":
      return [requireOperatorSession]
    case "local":
      return [requireLocal]
    default:
      throw new Error(`${route.name} is a route of the API`)
  }
}

/** Throws `forbidden` unless the person's role has the permission, or the route is `or self` and its `:id` is theirs. */
function requirePermission({ area, permission, orSelf }: Extract<Route, { area: "staff" | "member" }>) {
  return factory.createMiddleware(async (c, next) => {
    const actor = c.var[area]
    if (!orSelf || c.req.param("id") !== actor.id) authorize(actor, permission)
    await next()
  })
}

/** Responds with 404 except on a developer's machine, under a name of that machine: a foreign page could resolve its own to it. */
const requireLocal = factory.createMiddleware(async (c, next) => {
  const isLocal = readSettings(c.env).ENVIRONMENT === "local" && isLoopbackHost(new URL(c.req.url).hostname)
  if (!isLocal) return c.notFound()
  await next()
})
