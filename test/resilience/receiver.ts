import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { Webhook } from "standardwebhooks"
import { random } from "./random.ts"

const FAILURE_RATE = 0.3

/** A received event, and how it was answered. */
export type ReceivedEvent = {
  id: string
  type: string
  inviteId: string
  isGenuine: boolean
  outcome: "accepted" | "500" | "hung up"
}

const receivedEvents: ReceivedEvent[] = []
let webhook: Webhook | undefined

// Receives webhooks in its own process, so that it outlives the Worker. The test sets the secret once with a PUT.
const server = createServer(async (request, response) => {
  const body = await text(request)
  if (request.method === "PUT") {
    webhook = new Webhook(body)
    return response.end()
  }
  if (request.method === "GET") return response.end(JSON.stringify(receivedEvents))

  const { type, data } = JSON.parse(body)
  const outcome = random() >= FAILURE_RATE ? "accepted" : random() < 0.5 ? "500" : "hung up"
  const id = String(request.headers["webhook-id"])
  receivedEvents.push({ id, type, inviteId: data.invite_id, isGenuine: isGenuine(body, request.headers), outcome })
  if (outcome === "hung up") return request.socket.destroy()
  response.writeHead(outcome === "accepted" ? 200 : 500).end()
})

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.once("disconnect", () => process.exit())

function isGenuine(body: string, headers: NodeJS.Dict<string | string[]>): boolean {
  try {
    webhook?.verify(body, headers as Record<string, string>)
    return webhook !== undefined
  } catch {
    return false
  }
}
