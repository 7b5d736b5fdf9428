// A built Worker whose emails are kept by MAILBOX, a service of the test.
import worker, { AccountLimiter, MailPacer } from "./worker.js"

export { AccountLimiter, MailPacer }

/** Built once, as what an isolate keeps for its bindings would be. */
let bindings

function withMailbox(env) {
  bindings ??= {
    ...env,
    EMAIL: {
      send: async (mail) =>
        (await env.MAILBOX.fetch("http://mailbox/", { method: "POST", body: JSON.stringify(mail) })).json(),
    },
  }
  return bindings
}

export default {
  fetch: (request, env, ctx) => worker.fetch(request, withMailbox(env), ctx),
  scheduled: (controller, env, ctx) => worker.scheduled(controller, withMailbox(env), ctx),
  queue: (batch, env, ctx) => worker.queue(batch, withMailbox(env), ctx),
}
