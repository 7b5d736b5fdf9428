export const isMac = /mac|iphone|ipad/i.test(navigator.platform)

const YEAR_SECONDS = 31_536_000

/** Stores a setting of this browser for a year, or forgets it. */
export function storeCookie(cookie, isKept = true) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API isn't in all browsers
  document.cookie = `${cookie}; Path=/; Max-Age=${isKept ? YEAR_SECONDS : 0}; SameSite=Lax${secure}`
}
