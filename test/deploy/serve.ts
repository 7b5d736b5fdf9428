import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import type { Provider } from "./provider.ts"

/** Serves a provider on a port of this machine. The host of a deployed Worker comes in the header `X-Origin`. */
export async function serve(provider: Provider) {
  const server = createServer(async (incoming, outgoing) => {
    const { method = "GET", headers, url = "/" } = incoming
    const origin = headers["x-origin"] ?? "https://api.cloudflare.test"
    const body = method === "GET" ? null : await buffer(incoming)
    const request = new Request(`${origin}${url}`, { method, body, headers: headers as Record<string, string> })
    const response = await provider.fetch(request).catch(() => new Response(null, { status: 599 }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() }
}
