import { deliver } from "./deployed-worker.ts"
import { Refusal, type Routes } from "./router.ts"
import type { State } from "./state.ts"

export function emailRoutes(state: State): Routes {
  const findZone = (id: string | undefined) => {
    const zone = state.zones.find((one) => one.id === id)
    if (!zone) throw new Refusal(404, 1001, "no such zone")
    return zone
  }
  return {
    "GET /zones/:zone": ({ params }) => findZone(params.zone),
    "GET /zones/:zone/email/sending/subdomains": ({ params }) => {
      const { name } = findZone(params.zone)
      return state.senders.filter((sender) => sender.name === name || sender.name.endsWith(`.${name}`))
    },
    "POST /zones/:zone/email/sending/subdomains": async ({ params, request }) => {
      const zone = findZone(params.zone)
      const { name } = await request.json<{ name: string }>()
      if (name !== zone.name && !name.endsWith(`.${zone.name}`)) throw new Refusal(400, 10001, "outside of the zone")
      const existing = state.senders.find((sender) => sender.name === name)
      if (existing) return Object.assign(existing, { enabled: true })
      const sender = { tag: state.newId("sender"), name, enabled: true }
      state.senders.push(sender)
      return sender
    },
    "GET /zones/:zone/email/sending/subdomains/:sender/dns": ({ params }) => {
      const sender = state.senders.find(({ tag }) => tag === params.sender)
      if (!sender) throw new Refusal(404, 10000, "no such sending domain")
      return [
        { type: "MX", name: `cf-bounce.${sender.name}`, content: "route1.mx.cloudflare.net", priority: 10, ttl: 1 },
        {
          type: "TXT",
          name: `cf-bounce.${sender.name}`,
          content: '"v=spf1 include:_spf.mx.cloudflare.net ~all"',
          ttl: 1,
        },
      ]
    },
    [`POST /accounts/${state.account.id}/email/sending/send`]: async ({ request }) => {
      const email = await request.json<{ from: string; to: string; subject: string; text: string }>()
      const domain = email.from.slice(email.from.indexOf("@") + 1)
      if (!state.senders.some(({ name, enabled }) => enabled && name === domain)) {
        throw new Refusal(403, 10203, "email.sending.error.email.sending_disabled")
      }
      deliver(state, email)
      return { delivered: [], queued: [email.to], permanent_bounces: [] }
    },
  }
}
