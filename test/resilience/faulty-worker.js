// The built Worker with bindings that fail when FAULTS, a service of the test, says so.
import worker, { AccountLimiter, MailPacer } from "./worker.js"

// The runtime itself doesn't report these.
addEventListener("unhandledrejection", ({ reason }) => console.error(`Unhandled rejection: ${reason?.stack ?? reason}`))

export { AccountLimiter, MailPacer }

export default {
  fetch: (request, env, ctx) => worker.fetch(request, createFaultyEnv(env), ctx),

  scheduled: (controller, env, ctx) => worker.scheduled(controller, createFaultyEnv(env), ctx),

  async queue(batch, env, ctx) {
    const { copies } = await callFaults(env, "/copies")
    const messages = Array.from({ length: copies }, () => batch.messages).flat()
    await worker.queue({ queue: batch.queue, messages }, createFaultyEnv(env, crypto.randomUUID()), ctx)
  },
}

function createFaultyEnv(env, invocation) {
  return {
    ...env,
    EMAIL: { send: (mail) => callFaults(env, "/mail", JSON.stringify({ to: mail.to, invocation })) },
    MAIL_QUEUE: createFaultyQueue(env, env.MAIL_QUEUE),
    BULK_MAIL_QUEUE: createFaultyQueue(env, env.BULK_MAIL_QUEUE),
    WEBHOOK_QUEUE: createFaultyQueue(env, env.WEBHOOK_QUEUE),
    JOB_QUEUE: createFaultyQueue(env, env.JOB_QUEUE),
    DEAD_QUEUE: createFaultyQueue(env, env.DEAD_QUEUE),
  }
}

function createFaultyQueue(env, queue) {
  const unlessFailing = (send) => async (messages, options) => {
    await callFaults(env, "/enqueue")
    await send(messages, options)
  }
  return {
    send: unlessFailing((one, options) => queue.send(one, options)),
    sendBatch: unlessFailing((many, options) => queue.sendBatch(many, options)),
  }
}

async function callFaults(env, path, body = "") {
  const response = await env.FAULTS.fetch(`http://faults${path}`, { method: "POST", body })
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error("The test provoked this failure"), answer)
  return answer
}
