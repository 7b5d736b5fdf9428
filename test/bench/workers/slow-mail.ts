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

export default {
  queue: (batch, env, ctx) => worker.queue?.(batch, Object.assign({}, env, { EMAIL }), ctx),
} satisfies ExportedHandler<{ DB: D1Database }>
