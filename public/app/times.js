// Times in the time zone that the person chose, or else that of the browser, kept current.

import { formatExactTime, TIME_FORMATS } from "../../src/text/dates.ts"

const { lang, dataset } = document.documentElement
const browserTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
const timeZone = dataset.timeZone ?? browserTimeZone

export function renderTimes() {
  const clock = { now: new Date(), timeZone }
  for (const time of document.querySelectorAll("time[data-when]")) {
    const { when, justNow } = time.dataset
    const t = { language: { dates: lang === "en" ? "en-GB" : lang }, justNow }
    const at = new Date(time.dateTime)
    const text = TIME_FORMATS[when](t, at, clock)
    if (time.textContent !== text) time.textContent = text
    time.title = formatExactTime(t, at, timeZone)
  }
}

/** Tells the server where days begin for this browser. */
function storeTimeZone() {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API isn't in all browsers
  document.cookie = `vestibule.time_zone=${browserTimeZone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
}

storeTimeZone()
renderTimes()
setInterval(renderTimes, 30_000)
