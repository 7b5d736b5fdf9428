import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { Webhook } from "standardwebhooks"
import { chance } from "./chance.ts"

const FAILURES = 0.3

/** One event as it came, and what was answered. */
export type Post = {
  id: string
  type: string
  inviteId: string
  isGenuine: boolean
  answer: "taken" | "500" | "hung up"
}

const posts: Post[] = []
let webhook: Webhook | undefined

// Receives webhooks in a process of its own, so that it outlives the Worker. `PUT /secret` is said once, by the test.
const server = createServer(async (request, response) => {
  const body = await text(request)
  if (request.method === "PUT") {
    webhook = new Webhook(body)
    return response.end()
  }
  if (request.method === "GET") return response.end(JSON.stringify(posts))

  const { type, data } = JSON.parse(body)
  const answer = chance() >= FAILURES ? "taken" : chance() < 0.5 ? "500" : "hung up"
  const id = String(request.headers["webhook-id"])
  posts.push({ id, type, inviteId: data.invite_id, isGenuine: isGenuine(body, request.headers), answer })
  if (answer === "hung up") return request.socket.destroy()
  response.writeHead(answer === "taken" ? 200 : 500).end()
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
