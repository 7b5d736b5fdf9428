// The messages of what was just done. With script they stand above the page, can be dismissed, and those of success go once they are read.

const SHOWN_MS = 8_000
const UNDO_SHOWN_MS = 10_000
const READING_MS_PER_CHARACTER = 80
const LOOKED_AT_MS = 2_000

const region = document.getElementById("notice")

/** A newer message replaces earlier ones, but not those that offer to undo something. */
function show(toast) {
  for (const other of region.children) if (other !== toast && !other.querySelector("form")) other.remove()
  const isSuccess = toast.matches(".success")
  const length = toast.textContent.length
  toast.append(dismissButton(toast))
  if (isSuccess) removeOnceRead(toast, shownFor(toast, length))
}

const shownFor = (toast, length) =>
  Math.max(toast.querySelector("form") ? UNDO_SHOWN_MS : SHOWN_MS, length * READING_MS_PER_CHARACTER)

function removeOnceRead(toast, delay) {
  setTimeout(() => {
    if (document.hidden || toast.matches(":hover, :focus-within")) removeOnceRead(toast, LOOKED_AT_MS)
    else toast.remove()
  }, delay)
}

function dismissButton(toast) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "dismiss"
  button.ariaLabel = region.dataset.dismiss
  button.addEventListener("click", () => dismiss(toast))
  return button
}

function dismiss(toast) {
  toast.remove()
  document.getElementById("main").focus({ preventScroll: true })
}

function showAdded(records) {
  for (const toast of records.flatMap(({ addedNodes }) => [...addedNodes]))
    if (toast.isConnected && toast.matches?.(".notice")) show(toast)
}

/** What a form in a message did has a message of its own. */
function removeUsed({ detail }) {
  detail.ctx.sourceElement?.closest("#notice > .notice")?.remove()
}

/** So that loading the page again doesn't say it again. */
function forgetFlash() {
  const url = new URL(location)
  if (!url.searchParams.has("flash")) return
  for (const name of ["flash", "invite"]) url.searchParams.delete(name)
  history.replaceState(history.state, "", url)
}

if (region) {
  for (const toast of region.querySelectorAll(":scope > .notice")) show(toast)
  new MutationObserver(showAdded).observe(region, { childList: true })
  document.addEventListener("htmx:after:swap", removeUsed)
  forgetFlash()
}
