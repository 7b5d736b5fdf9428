import ipaddr from "ipaddr.js"

const HOME_NAMES = /\.(local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/

/**
 * Why a webhook may not lead to this address, in words, or undefined. https only, no credentials, no private, loopback or
 * link-local host; where `allowsLoopback`, http to this very machine too. A name is not resolved: on Cloudflare no Worker
 * reaches a private network by one.
 */
export function webhookAddressProblem(address: string, allowsLoopback: boolean): string | undefined {
  const url = URL.parse(address)
  if (!url) return "This is not a web address. It looks like https://example.com/hooks."
  if (url.username || url.password) return "Leave name and password out of the address: check the signature instead."
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
  const isLoopback = isLoopbackHost(host)
  if (allowsLoopback && isLoopback && ["http:", "https:"].includes(url.protocol)) return undefined
  if (url.protocol !== "https:") return "Use an address that begins with https://."
  return isLoopback || !isPublic(host) ? "This address is not on the public internet." : undefined
}

function isLoopbackHost(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback"
}

function isPublic(host: string): boolean {
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === "unicast"
  return host.includes(".") && !HOME_NAMES.test(host)
}
