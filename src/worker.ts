import type { Hono } from "hono"
import type { SendEmail } from "./emails/provider.ts"
import { createDeps } from "./http/bindings.ts"
import type { AppEnv } from "./http/context.ts"
import { logInvocation, measure } from "./http/invocation-log.ts"
import { tryToLoadTexts } from "./http/load-texts.ts"
import { runCronJobs } from "./jobs/cron.ts"
import { countEmails } from "./jobs/mail-metrics.ts"
import { handleQueueBatch } from "./jobs/queues.ts"

/** The handlers of the Worker: requests, queues and the cron trigger. */
export function createWorker(app: Hono<AppEnv>, createSender: (env: Env) => SendEmail) {
  return {
    fetch: app.fetch,
    queue: async (batch, env, ctx) => {
      await tryToLoadTexts(env)
      const deps = depsFor(env, ctx)
      const { result, used } = await measure(() => handleQueueBatch(deps, countEmails(env, createSender(env)), batch))
      logInvocation(env, { level: "batch", queue: batch.queue, messages: batch.messages.length, ...result, ...used })
    },
    // Fails if a job did, so that the platform counts it. It logs what is thrown, so that has no cause: causes repeat values.
    scheduled: async (_controller, env, ctx) => {
      const deps = depsFor(env, ctx)
      const { result: failed, used } = await measure(() => runCronJobs(deps))
      logInvocation(env, { level: "cron", failed, ...used })
      if (failed.length > 0) throw new Error(`cron jobs failed: ${failed.join(", ")}`)
    },
  } satisfies ExportedHandler<Env>
}

const depsFor = (env: Env, ctx: ExecutionContext) => createDeps(env, (promise) => ctx.waitUntil(promise))
