// Preloaded into the process of a deployment: requests to the domains of deployed Workers go to the stand-in of the provider.

const { PROVIDER_URL = "" } = process.env
const original = globalThis.fetch

globalThis.fetch = (input, init) => {
  const url = new URL(String(input))
  if (url.protocol !== "https:") return original(input, init)
  const headers = new Headers(init?.headers)
  headers.set("X-Origin", url.origin)
  return original(PROVIDER_URL + url.pathname + url.search, { ...init, headers })
}
