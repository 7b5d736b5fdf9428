import type { Hono } from "hono"
import type { SendEmail } from "./emails/provider.ts"
import { createDeps } from "./http/bindings.ts"
import type { AppEnv } from "./http/context.ts"
import { tryToLoadTexts } from "./http/load-texts.ts"
import { runCronJobs } from "./jobs/cron.ts"
import { handleQueueBatch } from "./jobs/queues.ts"

/** The handlers of the Worker: requests, queues and the cron trigger. */
export function createWorker(app: Hono<AppEnv>, createSender: (env: Env) => SendEmail) {
  return {
    fetch: app.fetch,
    queue: async (batch, env, ctx) => {
      await tryToLoadTexts(env)
      await handleQueueBatch(depsFor(env, ctx), createSender(env), batch)
    },
    scheduled: (_controller, env, ctx) => runCronJobs(depsFor(env, ctx)),
  } satisfies ExportedHandler<Env>
}

const depsFor = (env: Env, ctx: ExecutionContext) => createDeps(env, (promise) => ctx.waitUntil(promise))
