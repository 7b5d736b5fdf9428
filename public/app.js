// What htmx doesn't do: times in the viewer's time zone, countdowns, previews. Every page works without this script.

import { formatExactTime, TIME_FORMATS } from "../src/text/dates.ts"

const { lang } = document.documentElement
const { timeZone } = Intl.DateTimeFormat().resolvedOptions()

function renderTimes() {
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
  document.cookie = `vestibule.time_zone=${timeZone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
}

function countDown() {
  for (const button of document.querySelectorAll("button[data-retry-at]")) {
    const label = button.querySelector("[data-label]")
    const seconds = Math.ceil((new Date(button.dataset.retryAt) - Date.now()) / 1000)
    if (seconds > 0) {
      const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
      label.textContent = label.dataset.countdown.replace("{time}", time)
      continue
    }
    label.textContent = label.dataset.label
    button.removeAttribute("aria-disabled")
    delete button.dataset.retryAt
  }
}

function blockDisabledButtons(event) {
  if (!event.target.closest("button[aria-disabled=true]")) return
  event.preventDefault()
  event.stopImmediatePropagation()
}

function fillFromSelect(event) {
  if (!event.target.matches("select[data-fills-billing]")) return
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

const selectionBoxes = () => [...document.querySelectorAll("input[name=invite][type=checkbox]")]

/** Selects all rows of the page with one box, and says how many are selected. */
function updateSelection({ target }) {
  if (!target.matches("[data-select-all], input[name=invite]")) return
  const boxes = selectionBoxes()
  if (target.matches("[data-select-all]")) for (const box of boxes) box.checked = target.checked
  showSelection(boxes)
}

function showSelection(boxes = selectionBoxes()) {
  const label = document.querySelector("[data-selected]")
  if (!label) return
  const count = boxes.filter(({ checked }) => checked).length
  label.textContent = count > 0 ? label.dataset.selected.replace("{count}", count) : ""
  document.querySelector("[data-select-all]").checked = count > 0 && count === boxes.length
}

const previewButton = document.querySelector("[data-preview-button]")
let previewTimer
let previewCount = 0

function schedulePreview(event) {
  if (!previewButton || event.target.form !== previewButton.form) return
  clearTimeout(previewTimer)
  previewTimer = setTimeout(updatePreview, 400)
}

/** Posts the form into a new frame, which replaces the old one once loaded: no flicker and no history entry. */
function updatePreview() {
  const { form, formAction } = previewButton
  const [shown, loading] = document.querySelectorAll(".preview iframe")
  loading?.remove()
  const next = shown.cloneNode()
  next.name = `preview-${++previewCount}` // a frame keeps the name that it was created with
  next.hidden = true
  shown.after(next)
  next.addEventListener("load", () => {
    shown.remove()
    next.hidden = false
  })
  const { action } = form
  form.action = formAction
  form.target = next.name
  form.submit()
  form.action = action
  form.removeAttribute("target")
}

function enablePreview() {
  if (!previewButton) return
  previewButton.hidden = true
  updatePreview()
}

function updateAccentPreview(event) {
  const id = event.target.dataset?.accentPreview
  if (id) document.getElementById(id).href = `/brand/accent/${event.target.value.slice(1)}.css`
}

/** A link beside a search that was just typed keeps it, also before its results arrive. Other pages belong to the earlier search. */
function keepSearch({ target }) {
  if (!target.matches("input.search")) return
  for (const link of target.closest(".card").querySelectorAll("a.chip, .pager a")) {
    const url = new URL(link.href)
    url.searchParams.set("q", target.value)
    for (const cursor of ["before", "after"]) url.searchParams.delete(cursor)
    link.href = url
  }
}

/** Where the browser doesn't tell that sending was stopped, a form can be sent again after this time. */
const SUBMIT_AGAIN_MS = 10_000

function submitOnce(event) {
  const form = event.target
  if (!form.matches("form[data-submit-once]")) return
  if (event.timeStamp - form.dataset.submitted < SUBMIT_AGAIN_MS) {
    event.preventDefault()
    event.stopImmediatePropagation() // htmx doesn't ask whether the default was prevented
  } else {
    form.dataset.submitted = event.timeStamp
  }
}

/** What was stopped while it was sent, or came back from the browser's cache, can be sent again. */
function allowSubmits() {
  for (const form of document.querySelectorAll("form[data-submitted]")) delete form.dataset.submitted
}

function enablePasswordToggles() {
  for (const button of document.querySelectorAll("[data-show-password][hidden]")) {
    const input = document.getElementById(button.getAttribute("aria-controls"))
    button.hidden = false
    button.addEventListener("click", () => {
      const show = input.type === "password"
      input.type = show ? "text" : "password"
      button.setAttribute("aria-pressed", String(show))
      const label = button.textContent
      button.textContent = button.dataset.otherLabel
      button.dataset.otherLabel = label
    })
  }
}

function enableCopyButtons() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) {
    button.hidden = false
    button.addEventListener("click", async () => {
      const input = document.getElementById(button.dataset.copy)
      input.select()
      await navigator.clipboard.writeText(input.value)
      button.textContent = button.dataset.copied
    })
  }
}

let previousRowText

function rememberRow({ detail }) {
  previousRowText = detail.ctx.target?.closest?.("tr")?.textContent
}

/** Highlights a row once if its text has changed. */
function highlightIfChanged(row) {
  if (!row || row.textContent === previousRowText) return
  row.classList.add("highlight")
  row.addEventListener("animationend", () => row.classList.remove("highlight"), { once: true })
}

function afterSwap({ detail }) {
  renderTimes()
  countDown()
  showSelection()
  highlightIfChanged(detail.ctx.target?.closest?.("tr"))
  if (detail.ctx.target?.id === "similar-companies") return // somebody is typing
  document.querySelector("form [aria-invalid=true]")?.focus()
}

/** The response to a form is then a page, which htmx can't show. A request while somebody types must not take the form away. */
function openSignIn({ target }) {
  if (target instanceof HTMLFormElement) target.submit()
  else if (!target.closest("form")) location.reload()
}

document.addEventListener("click", blockDisabledButtons, true)
document.addEventListener("change", fillFromSelect)
document.addEventListener("change", updateSelection)
document.addEventListener("input", schedulePreview)
document.addEventListener("input", updateAccentPreview)
document.addEventListener("input", keepSearch)
document.addEventListener("submit", submitOnce, true)
document.addEventListener("htmx:before:swap", rememberRow)
document.addEventListener("htmx:after:swap", afterSwap)
document.addEventListener("htmx:finally:request", ({ target }) => delete target.dataset?.submitted) // the document, if the form is gone
document.addEventListener("signed-out", openSignIn)
addEventListener("pageshow", allowSubmits)
addEventListener("pageshow", () => showSelection()) // the browser restores what was selected
window.navigation?.addEventListener("navigateerror", allowSubmits)
document.documentElement.dataset.scripted = ""
storeTimeZone()
renderTimes()
countDown()
enablePasswordToggles()
enableCopyButtons()
enablePreview()
setInterval(countDown, 1000)
setInterval(renderTimes, 30_000)
