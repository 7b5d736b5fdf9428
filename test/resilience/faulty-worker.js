// The built Worker, whose surroundings fail as FAULTS, a function of the test, says.
import worker, { ApiLimiter, EmailLimiter } from "./worker.js"

// The runtime itself passes over these in silence.
addEventListener("unhandledrejection", ({ reason }) => console.error(`Nobody handled ${reason?.stack ?? reason}`))

export { ApiLimiter, EmailLimiter }

export default {
  fetch: (request, env, ctx) => worker.fetch(request, faulty(env), ctx),

  scheduled: (controller, env, ctx) => worker.scheduled(controller, faulty(env), ctx),

  async queue(batch, env, ctx) {
    // Mail leaves as in production: the mailbox of a developer's machine would come between the provider and the database.
    const surroundings = batch.queue === "vestibule-mail" ? { ...faulty(env), ENVIRONMENT: "production" } : faulty(env)
    const { copies } = await ask(env, "/copies")
    const messages = Array.from({ length: copies }, () => batch.messages).flat()
    await worker.queue({ queue: batch.queue, messages }, surroundings, ctx)
  },
}

function faulty(env) {
  return {
    ...env,
    EMAIL: { send: (mail) => ask(env, "/mail", mail.to) },
    MAIL_QUEUE: refusing(env, env.MAIL_QUEUE),
    WEBHOOK_QUEUE: refusing(env, env.WEBHOOK_QUEUE),
    DEAD_QUEUE: refusing(env, env.DEAD_QUEUE),
  }
}

function refusing(env, queue) {
  const ifAllowed = (send) => async (messages) => {
    await ask(env, "/nudge")
    await send(messages)
  }
  return { send: ifAllowed((one) => queue.send(one)), sendBatch: ifAllowed((many) => queue.sendBatch(many)) }
}

async function ask(env, path, body = "") {
  const response = await env.FAULTS.fetch(`http://faults${path}`, { method: "POST", body })
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error("The test wants this to fail"), answer)
  return answer
}
