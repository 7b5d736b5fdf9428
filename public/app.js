// What htmx does not do: times in the viewer's zone, countdowns, the form's preview. Everything works without it.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })
const dayMonthYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" })
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" })

function dateOf(at) {
  return (at.getFullYear() === new Date().getFullYear() ? dayMonth : dayMonthYear).format(at)
}

function relativeTo(at) {
  const past = Date.now() - at.getTime()
  if (past < -MINUTE || past >= 7 * DAY) return dateOf(at)
  if (past < MINUTE) return "just now"
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`
  return past < 2 * DAY ? "yesterday" : `${Math.floor(past / DAY)} days ago`
}

function tellTimes() {
  for (const time of document.querySelectorAll("time[data-when]")) {
    const at = new Date(time.dateTime)
    const words = time.dataset.when === "day" ? dateOf(at) : relativeTo(at)
    if (time.textContent !== words) time.textContent = words
    time.title = exact.format(at)
  }
}

function countDown() {
  for (const button of document.querySelectorAll("button[data-until]")) {
    const label = button.querySelector("[data-label]")
    const seconds = Math.ceil((new Date(button.dataset.until) - Date.now()) / 1000)
    if (seconds > 0) {
      label.textContent = `Resend in ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
      continue
    }
    label.textContent = label.dataset.label
    button.removeAttribute("aria-disabled")
    delete button.dataset.until
  }
}

function holdWhileWaiting(event) {
  if (!event.target.closest("button[aria-disabled=true]")) return
  event.preventDefault()
  event.stopImmediatePropagation()
}

function fillFromChoice(event) {
  if (!event.target.matches("select[data-fills]")) return
  const { email, phone } = event.target.selectedOptions[0].dataset
  if (email === undefined) return
  for (const [id, value] of [
    ["billing_email", email],
    ["billing_phone", phone],
  ]) {
    const input = document.getElementById(id)
    input.value = value
    input.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

function followInPreview(event) {
  const slot = event.target.dataset?.previews
  if (!slot) return
  for (const shown of document.querySelectorAll(`[data-preview="${slot}"]`)) {
    shown.textContent = event.target.value.trim() || shown.dataset.empty
  }
}

function followAccent(event) {
  const shown = event.target.dataset?.accent
  if (shown) document.getElementById(shown).href = `/brand/accent/${event.target.value.slice(1)}.css`
}

function sendOnce(event) {
  const form = event.target
  if (!form.matches("form[data-once]:not([hx-post])")) return
  if (form.dataset.sent) event.preventDefault()
  form.dataset.sent = "true"
}

function offerToShowPasswords() {
  for (const button of document.querySelectorAll("[data-show-password][hidden]")) {
    const input = document.getElementById(button.getAttribute("aria-controls"))
    button.hidden = false
    button.addEventListener("click", () => {
      const show = input.type === "password"
      input.type = show ? "text" : "password"
      button.setAttribute("aria-pressed", String(show))
      button.textContent = button.textContent.replace(...(show ? ["Show", "Hide"] : ["Hide", "Show"]))
    })
  }
}

function offerToCopy() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) {
    button.hidden = false
    button.addEventListener("click", async () => {
      const input = document.getElementById(button.dataset.copy)
      input.select()
      await navigator.clipboard.writeText(input.value)
      button.textContent = "Copied"
    })
  }
}

let wordsBefore

function rememberRow({ detail }) {
  wordsBefore = detail.ctx.target?.closest?.("tr")?.textContent
}

/** A row whose words changed glows once. */
function glowIfChanged(row) {
  if (!row || row.textContent === wordsBefore) return
  row.classList.add("changed")
  row.addEventListener("animationend", () => row.classList.remove("changed"), { once: true })
}

function afterSwap({ detail }) {
  tellTimes()
  countDown()
  glowIfChanged(detail.ctx.target?.closest?.("tr"))
  document.querySelector("form [aria-invalid=true]")?.focus()
}

document.addEventListener("click", holdWhileWaiting, true)
document.addEventListener("change", fillFromChoice)
document.addEventListener("input", followInPreview)
document.addEventListener("input", followAccent)
document.addEventListener("submit", sendOnce)
document.addEventListener("htmx:before:swap", rememberRow)
document.addEventListener("htmx:after:swap", afterSwap)
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent
})
tellTimes()
countDown()
offerToShowPasswords()
offerToCopy()
setInterval(countDown, 1000)
setInterval(tellTimes, 30_000)
