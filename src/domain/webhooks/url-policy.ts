import ipaddr from "ipaddr.js"

/** `::10.0.0.1`, of old (RFC 4291, 2.5.5.1): an IPv4 address behind 96 zero bits, as URL writes it. */
const IPV4_COMPATIBLE = /^::[0-9a-f]{1,4}(:[0-9a-f]{1,4})?$/

const PRIVATE_TLDS = /\.(test|invalid|onion|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/

type UrlPolicy = { baseUrl: string; allowsLoopback: boolean }

/**
 * Why a webhook may not lead to this address, in words, or undefined. https only, no credentials, no private, loopback or
 * link-local host, and not back to us; where `allowsLoopback`, http to this very machine too. A name is not resolved: on
 * Cloudflare no Worker reaches a private network by one.
 */
export function webhookUrlError(rawUrl: string, { baseUrl, allowsLoopback }: UrlPolicy): string | undefined {
  const url = URL.parse(rawUrl)
  if (!url) return "Enter a URL such as https://example.com/hooks."
  if (url.username || url.password)
    return "Remove the username and password from the URL. Verify the signature instead."
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
  const isLoopback = isLoopbackHost(host)
  if (allowsLoopback && isLoopback && ["http:", "https:"].includes(url.protocol)) return undefined
  if (url.protocol !== "https:") return "Use a URL that starts with https://."
  if (host === new URL(baseUrl).hostname) return "This is our own URL. Enter the URL of your program."
  return isLoopback || !isPublic(host) ? "This URL isn't on the public internet." : undefined
}

function isLoopbackHost(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback"
}

function isPublic(host: string): boolean {
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === "unicast" && !IPV4_COMPATIBLE.test(host)
  return /^[^.]+(\.[^.]+)+$/.test(host) && !PRIVATE_TLDS.test(host)
}
