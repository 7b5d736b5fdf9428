import { hc } from "hono/client"
import type { Calls } from "./routes.ts"

/** A typed client of the JSON API: `vestibule(url, key).invites.$get({ query: { status: "pending" } })`. */
export function vestibule(baseUrl: string, apiKey: string) {
  return hc<Calls>(`${baseUrl}/api/v1`, { headers: { Authorization: `Bearer ${apiKey}` } })
}
