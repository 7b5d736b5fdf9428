import type { Hono } from "hono"
import type { SendEmail } from "./emails/provider.ts"
import { createDeps } from "./http/bindings.ts"
import type { AppEnv } from "./http/context.ts"
import { logInvocation, measure } from "./http/invocation-log.ts"
import { tryToLoadTexts } from "./http/load-texts.ts"
import { logError } from "./http/log.ts"
import { SettingsError } from "./http/settings.ts"
import { runCronJobs } from "./jobs/cron.ts"
import { countEmails } from "./jobs/mail-metrics.ts"
import { handleQueueBatch } from "./jobs/queues.ts"

/** The handlers of the Worker: requests, queues and the cron trigger. */
export function createWorker(app: Hono<AppEnv>, createSender: (env: Env) => SendEmail) {
  return {
    fetch: app.fetch,
    queue: async (batch, env, ctx) => {
      await tryToLoadTexts(env)
      const deps = depsUnlessMisconfigured(env, ctx)
      if (deps instanceof SettingsError) return batch.retryAll({ delaySeconds: MISCONFIGURED_RETRY_SECONDS })
      const { result, used } = await measure(() => handleQueueBatch(deps, countEmails(env, createSender(env)), batch))
      logInvocation(env, { level: "batch", queue: batch.queue, messages: batch.messages.length, ...result, ...used })
    },
    // Fails if a job did, so that the platform counts it. It logs what is thrown, so that has no cause: causes repeat values.
    scheduled: async (_controller, env, ctx) => {
      const deps = depsUnlessMisconfigured(env, ctx)
      if (deps instanceof SettingsError) throw deps
      const { result: failed, used } = await measure(() => runCronJobs(deps))
      logInvocation(env, { level: "cron", failed, ...used })
      if (failed.length > 0) throw new Error(`cron jobs failed: ${failed.join(", ")}`)
    },
  } satisfies ExportedHandler<Env>
}

/** A message comes back a hundred times: for longer than a queue keeps it. The cron jobs queue emails sooner, once they can run again. */
const MISCONFIGURED_RETRY_SECONDS = 3_600

/** While a setting is missing or malformed: the error, and a line in the log. */
function depsUnlessMisconfigured(env: Env, ctx: ExecutionContext) {
  try {
    return createDeps(env, (promise) => ctx.waitUntil(promise))
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    logError("queues and cron jobs wait for the repair of the settings", error)
    return error
  }
}
