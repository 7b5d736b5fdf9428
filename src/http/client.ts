import type { Context } from "hono"
import ipaddr from "ipaddr.js"
import type { Client } from "../domain/deps.ts"
import type { AppEnv } from "./context.ts"
import { readPrivateCookie } from "./private-cookies.ts"

/** The bytes of an IPv6 address that a provider gives to one customer (RFC 6177). */
const IPV6_NETWORK_BYTES = 8

/** Who sent the request. */
export function readClient(c: Context<AppEnv>): Client {
  return {
    network: networkOf(c.req.header("CF-Connecting-IP")),
    knownBrowser: readPrivateCookie(c, "known_browser"),
  }
}

/** An IPv4 address, or the first 64 bits of an IPv6 address. Requests without an address, which only a developer sees, are alike. */
export function networkOf(address = ""): string {
  if (!ipaddr.isValid(address)) return "unknown"
  const parsed = ipaddr.process(address)
  if (parsed.kind() === "ipv4") return parsed.toString()
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString("hex")
}
