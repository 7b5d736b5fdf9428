import type { Context } from "hono"
import { matchedRoutes } from "hono/route"
import { ROUTES } from "../routes.ts"
import { currentCosts, type QueryCosts } from "../storage/query-costs.ts"
import { type AppEnv, factory } from "./context.ts"
import { logInvocation, measure } from "./invocation-log.ts"

type KnownActor = { actor: string; resellerId: string | null }

/** Who acted in a request that another request handled on its way, such as the page of a form in another language. */
const actorInside = new WeakMap<QueryCosts, KnownActor | undefined>()

/**
 * Logs each request as one line of JSON, once its response has begun. Never its path, which can be a secret, but the pattern of its
 * route. What a request does after its response isn't counted.
 */
export const logRequest = factory.createMiddleware(async (c, next) => {
  const outerCosts = currentCosts()
  if (outerCosts) {
    await next()
    actorInside.set(outerCosts, actorOf(c))
    return
  }
  const { used } = await measure(next)
  const { requestId } = c.var
  const { status } = c.res
  const { actor = null, resellerId = null } = actorOf(c) ?? actorInside.get(used) ?? {}
  logInvocation(c.env, {
    level: "request",
    requestId,
    method: c.req.raw.method,
    route: routeOf(c),
    actor,
    resellerId,
    status,
    ...used,
  })
})

function actorOf({ var: { staff, member, apiKey, isOperator } }: Context<AppEnv>): KnownActor | undefined {
  const actor = staff ?? member ?? apiKey
  if (actor) return { actor: actor.kind, resellerId: actor.reseller.id }
  return isOperator ? { actor: "operator", resellerId: null } : undefined
}

const patterns = new Map(
  ROUTES.map(({ method, path }) => [`${method} ${path}`, path.replaceAll(/\{.*?\}(?=\/|$)/g, "")]),
)

/** The pattern of the route that answered, or that would have if nothing before it had; null for a path without a route. */
function routeOf(c: Context): string | null {
  const matched = matchedRoutes(c)
  for (let i = c.req.routeIndex; i < matched.length; i++) {
    const pattern = patterns.get(`${matched[i]?.method} ${matched[i]?.path}`)
    if (pattern) return pattern
  }
  return null
}
