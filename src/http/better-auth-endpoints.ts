import type { AuthContext } from "@better-auth/core"
import { runWithRequestState } from "@better-auth/core/context"
import { dispatchAuthEndpoint } from "better-auth/api"
import type { Endpoint } from "better-call"

// Replaces, in the Worker (wrangler.toml), the module of Better Auth that collects its endpoints. We call those of our plugin only; the
// others, and their router, are 28 kB gzipped.

type Input = { body?: unknown; headers?: Headers; returnHeaders?: boolean }
type Plugin = { endpoints?: Record<string, Endpoint> }

/** The endpoints of the plugins, as functions that run with the context of Better Auth. */
export function getEndpoints(context: Promise<AuthContext>, { plugins = [] }: { plugins?: Plugin[] }) {
  const call = (name: string, endpoint: Endpoint) => (input: Input) =>
    runWithRequestState(new WeakMap(), async () =>
      dispatchAuthEndpoint(endpoint, { ...input, context: await context, operationId: name, asResponse: false }),
    )
  const endpoints = plugins.flatMap((plugin) => Object.entries(plugin.endpoints ?? {}))
  return { api: Object.fromEntries(endpoints.map(([name, endpoint]) => [name, call(name, endpoint)])) }
}

/** Our plugin has one endpoint, so that no two have the same path. */
export const checkEndpointConflicts = () => undefined

export function router(): never {
  throw new Error("the routes of Better Auth aren't deployed")
}
