import { type ClientRequestOptions, hc } from "hono/client"
import { API_BASE } from "../routes.ts"
import type { ApiRoutes } from "./operations.ts"

/**
 * A typed client of the JSON API: its paths, parameters, bodies and responses come from the schemas that validate them. `ok` of a
 * `Response` distinguishes success from a problem (`{code, detail, …}`).
 */
export function createClient(baseUrl: string, apiKey: string, options: ClientRequestOptions = {}) {
  return hc<ApiRoutes>(baseUrl + API_BASE, { headers: { Authorization: `Bearer ${apiKey}` }, ...options })
}
