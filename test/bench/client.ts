import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http"
import { buffer } from "node:stream/consumers"
import { ORIGINS, type Service } from "./origins.ts"

export type Call = { method?: "GET" | "POST"; path: string; headers?: Record<string, string>; body?: string }

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

export type Client = ReturnType<typeof createClient>

/** Sends requests to a service on connections that stay open until `close`, after which new ones are opened. */
export function createClient(service: Service, { port, connections }: { port: number; connections: number }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const origin = ORIGINS[service]

  async function send({ method = "GET", path, headers, body }: Call): Promise<Answer> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = {
        agent,
        host: "127.0.0.1",
        port,
        method,
        path: origin + path,
        headers: { Origin: origin, ...headers },
      }
      request(options, resolve).on("error", reject).end(body)
    })
    return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) }
  }

  return { send, close: () => agent.destroy() }
}

/** The cookies that a response sets, as a browser sends them back. */
export function cookiesOf({ headers }: Answer): string {
  return (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ")
}
