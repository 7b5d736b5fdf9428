import worker from "./worker.js"

// A built Worker with an email provider that takes a while.

const PROVIDER_MS = 100

let sent = 0

const EMAIL = {
  send: async () => {
    await new Promise((resolve) => setTimeout(resolve, PROVIDER_MS))
    return { messageId: `<bench-${++sent}@provider.example>` }
  },
}

/** Built once, as what an isolate keeps for its bindings would be. */
let bindings: { DB: D1Database } | undefined

export default {
  queue: (batch, env, ctx) => {
    bindings ??= Object.assign({}, env, { EMAIL })
    return worker.queue?.(batch, bindings, ctx)
  },
} satisfies ExportedHandler<{ DB: D1Database }>
