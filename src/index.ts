import { app } from "./app.ts"
import { createDeps } from "./http/bindings.ts"
import { runCronJobs } from "./jobs/cron.ts"
import { handleQueueBatch } from "./jobs/queues.ts"

export { ApiLimiter } from "./limiters/api-limiter.ts"
export { EmailLimiter } from "./limiters/email-limiter.ts"

export default {
  fetch: app.fetch,
  queue: (batch, env, ctx) => handleQueueBatch(depsFor(env, ctx), env, batch),
  scheduled: (_controller, env, ctx) => runCronJobs(depsFor(env, ctx)),
} satisfies ExportedHandler<Env>

const depsFor = (env: Env, ctx: ExecutionContext) => createDeps(env, (promise) => ctx.waitUntil(promise))
