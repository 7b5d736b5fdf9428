import { countingD1 } from "../../support/counting-d1.ts"
import worker from "./worker.js"

// A built Worker with a D1 binding that counts. It is asked one request at a time.

type Bindings = { DB: D1Database }

let counted: ({ env: Bindings } & ReturnType<typeof countingD1>) | undefined

export default {
  async fetch(request, env, ctx) {
    if (!counted) {
      const counting = countingD1(env.DB)
      counted = { ...counting, env: { ...env, DB: counting.database } }
    }
    Object.assign(counted.costs, { roundTrips: 0, rowsRead: 0, rowsWritten: 0 })
    const response = await worker.fetch?.(request, counted.env, ctx)
    const copy = new Response(response?.body, response)
    copy.headers.set("X-Costs", JSON.stringify(counted.costs))
    return copy
  },
} satisfies ExportedHandler<Bindings>
