// Times in the time zone that the person chose, or else that of the browser, kept current.

import { formatExactTime, TIME_FORMATS } from "../../src/text/dates.ts"
import { storeCookie } from "./platform.js"

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

storeCookie(`vestibule.time_zone=${browserTimeZone}`) // tells the server where days begin for this browser
renderTimes()
setInterval(renderTimes, 30_000)
