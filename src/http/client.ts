import type { Context } from "hono"
import { getCookie } from "hono/cookie"
import ipaddr from "ipaddr.js"
import type { Client } from "../domain/deps.ts"
import { isTimeZone } from "../text/time-zones.ts"
import type { AppEnv } from "./context.ts"
import { readPrivateCookie } from "./private-cookies.ts"

/** The bytes of an IPv6 address that a provider gives to one customer (RFC 6177). */
const IPV6_NETWORK_BYTES = 8

/** Who sent the request. */
export function readClient(c: Context<AppEnv>): Client {
  return {
    // Most requests ask for neither of these two.
    get network() {
      return networkOf(c.req.header("CF-Connecting-IP"))
    },
    get knownBrowser() {
      return readPrivateCookie(c, "known_browser")
    },
    timeZone: readTimeZone(c),
  }
}

/** The time zone of the browser, which public/app/times.js stores in this cookie; undefined without one that exists. */
function readTimeZone(c: Context<AppEnv>): string | undefined {
  const name = getCookie(c, "vestibule.time_zone")
  return name && isTimeZone(name) ? name : undefined
}

/** An IPv4 address, or the first 64 bits of an IPv6 address. Requests without an address, which only a developer sees, are alike. */
export function networkOf(address = ""): string {
  if (!ipaddr.isValid(address)) return "unknown"
  const parsed = ipaddr.process(address)
  if (parsed.kind() === "ipv4") return parsed.toString()
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString("hex")
}
