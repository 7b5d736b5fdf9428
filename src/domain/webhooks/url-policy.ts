import ipaddr from "ipaddr.js"

/** An IPv4-compatible IPv6 address such as `::10.0.0.1` (RFC 4291, 2.5.5.1, deprecated), as `URL` serializes it. */
const IPV4_COMPATIBLE = /^::[0-9a-f]{1,4}(:[0-9a-f]{1,4})?$/

const PRIVATE_TLDS = /\.(test|invalid|onion|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/

type UrlPolicy = { baseUrl: string; allowsLoopback: boolean }

/**
 * Why a URL isn't allowed for a webhook, or undefined. Requires https, no credentials and a public host other than ours; with
 * `allowsLoopback`, http to this machine is allowed too. Names aren't resolved: a Worker can't reach private networks.
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
