import { type ClientRequestOptions, hc } from "hono/client"
import type { ApiRoutes } from "./operations.ts"

/**
 * A typed client of the JSON API: paths, parameters, bodies and answers are those of the schemas that check them. Answers are
 * `Response`s; `ok` tells a problem (`{code, detail, …}`) from what was asked for.
 */
export function createClient(baseUrl: string, apiKey: string, options: ClientRequestOptions = {}) {
  return hc<ApiRoutes>(`${baseUrl}/api/v1`, { headers: { Authorization: `Bearer ${apiKey}` }, ...options })
}
