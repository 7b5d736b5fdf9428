import ipaddr from "ipaddr.js"
import { staffEn } from "../../text/staff/en.ts"

/** An IPv4-compatible IPv6 address such as `::10.0.0.1` (RFC 4291, 2.5.5.1, deprecated), as `URL` serializes it. */
const IPV4_COMPATIBLE = /^::[0-9a-f]{1,4}(:[0-9a-f]{1,4})?$/

const PRIVATE_TLDS = /\.(test|invalid|onion|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/

/** As `URL` gives them: the default port of https is empty. */
const PORTS = ["", "8443"]

const RULES = staffEn.rules

type UrlPolicy = { baseUrl: string; mailFrom: string; allowsLoopback: boolean; webhookHosts: string[] | null }

const isWithin = (name: string, domain: string) => name === domain || name.endsWith(`.${domain}`)

/**
 * Why a URL isn't allowed for a webhook, or undefined. Requires https on port 443 or 8443, no credentials and a public host other
 * than ours, among those that the operator allows; with `allowsLoopback`, http and any port of this machine are allowed too. Names
 * aren't resolved: a Worker can't reach private networks.
 */
export function webhookUrlError(rawUrl: string, { allowsLoopback, ...policy }: UrlPolicy): string | undefined {
  const url = URL.parse(rawUrl)
  if (!url) return RULES.url_format
  if (url.username || url.password) return RULES.url_credentials
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
  const isLoopback = isLoopbackHost(host)
  if (allowsLoopback && isLoopback && ["http:", "https:"].includes(url.protocol)) return undefined
  if (url.protocol !== "https:") return RULES.https_url
  if (!PORTS.includes(url.port)) return RULES.url_port
  if (isOwnHost(host, policy)) return RULES.own_url
  if (isLoopback || !isPublic(host)) return RULES.private_url
  const isAllowed = policy.webhookHosts === null || policy.webhookHosts.some((allowed) => isWithin(host, allowed))
  return isAllowed ? undefined : RULES.url_host
}

/** True for hosts of our zone, as far as we know it: those of the base URL and of the sender, those above and those below. */
function isOwnHost(host: string, { baseUrl, mailFrom }: Pick<UrlPolicy, "baseUrl" | "mailFrom">): boolean {
  const ownNames = [new URL(baseUrl).hostname, mailFrom.slice(mailFrom.lastIndexOf("@") + 1).toLowerCase()]
  return ownNames.some((name) => isWithin(host, name) || isWithin(name, host))
}

/** True for names and addresses of this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "")
  if (name === "localhost" || name.endsWith(".localhost")) return true
  return ipaddr.isValid(name) && ipaddr.process(name).range() === "loopback"
}

function isPublic(host: string): boolean {
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === "unicast" && !IPV4_COMPATIBLE.test(host)
  return /^[^.]+(\.[^.]+)+$/.test(host) && !PRIVATE_TLDS.test(host)
}
