import { type Call, Refusal, type Routes } from "./router.ts"
import type { Consumer, State } from "./state.ts"

export function queueRoutes(state: State): Routes {
  const root = `/accounts/${state.account.id}`
  const find = (id: string | undefined) => {
    const queue = state.queues.find(({ queue_id }) => queue_id === id)
    if (!queue) throw new Refusal(404, 11000, "no such queue")
    return queue
  }
  const readConsumer = async ({ request }: Call) => {
    const { script_name, ...consumer } = await request.json<Consumer & { script_name: string }>()
    if (!state.scripts.some(({ name }) => name === script_name)) throw new Refusal(400, 11002, "no such Worker")
    const { dead_letter_queue: dead } = consumer
    if (dead && !state.queues.some(({ queue_name }) => queue_name === dead))
      throw new Refusal(400, 11003, "no such queue")
    return { ...consumer, script: script_name }
  }
  return {
    [`GET ${root}/queues`]: ({ query }) => {
      const names = query.getAll("name")
      return state.queues.filter(({ queue_name }) => names.length === 0 || names.includes(queue_name))
    },
    [`POST ${root}/queues`]: async ({ request }) => {
      const { queue_name } = await request.json<{ queue_name: string }>()
      if (state.queues.some((queue) => queue.queue_name === queue_name)) throw new Refusal(409, 11009, "already taken")
      const queue = { queue_id: state.newId("queue"), queue_name, consumers: [] }
      state.queues.push(queue)
      return queue
    },
    [`GET ${root}/queues/:queue/consumers`]: ({ params }) => find(params.queue).consumers,
    [`POST ${root}/queues/:queue/consumers`]: async (call) => {
      const { consumers } = find(call.params.queue)
      if (consumers.length > 0) throw new Refusal(400, 11004, "the queue has a consumer")
      consumers.push({ ...(await readConsumer(call)), consumer_id: state.newId("consumer") })
      return consumers[0]
    },
    [`PUT ${root}/queues/:queue/consumers/:consumer`]: async (call) => {
      const { consumers } = find(call.params.queue)
      const index = consumers.findIndex(({ consumer_id }) => consumer_id === call.params.consumer)
      if (index < 0) throw new Refusal(404, 11005, "no such consumer")
      consumers[index] = { ...(await readConsumer(call)), consumer_id: call.params.consumer ?? "" }
      return consumers[index]
    },
    ...subscriptionRoutes(state, (id) => find(id).queue_id),
  }
}

type NewSubscription = Omit<State["subscriptions"][number], "id">

function subscriptionRoutes(state: State, findQueue: (id: string) => string): Routes {
  const root = `/accounts/${state.account.id}/event_subscriptions/subscriptions`
  return {
    [`GET ${root}`]: ({ query }) =>
      state.subscriptions.filter(({ destination }) => destination.queue_id === query.get("queue_id")),
    [`POST ${root}`]: async ({ request }) => {
      const subscription = await request.json<NewSubscription>()
      const { domain, zone_id } = subscription.source
      findQueue(subscription.destination.queue_id)
      if (!state.zones.some(({ id }) => id === zone_id)) throw new Refusal(400, 12001, "no such zone")
      if (!state.senders.some(({ name }) => name === domain)) throw new Refusal(400, 12002, "no such sending domain")
      if (state.subscriptions.some(({ source }) => source.domain === domain))
        throw new Refusal(409, 12003, "subscribed")
      const created = { ...subscription, id: state.newId("subscription") }
      state.subscriptions.push(created)
      return created
    },
    [`PATCH ${root}/:subscription`]: async ({ params, request }) => {
      const found = state.subscriptions.find(({ id }) => id === params.subscription)
      if (!found) throw new Refusal(404, 12004, "no such subscription")
      return Object.assign(found, await request.json<Partial<NewSubscription>>())
    },
  }
}
