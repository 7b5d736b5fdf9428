// The dialog that finds invites, customers and pages, and the one that lists the keyboard shortcuts.

const region = document.getElementById("dialogs")
const field = () => document.getElementById("palette-q")
const options = () => [...document.querySelectorAll("#palette-results [role=option]")]
const activeOption = () => document.querySelector("#palette-results [aria-selected=true]")

/** The dialog to open once it has arrived. */
let requested
/** What the options were found for. */
let answered
/** Enter was pressed before the options had arrived. */
let opensFirst = false

/** Opens the dialog of this name, which the server sends when it is first needed. */
export function openDialog(name) {
  const dialog = document.getElementById(name)
  if (!dialog) {
    requested = name
    requestDialogs()
  } else if (!dialog.open) {
    dialog.showModal()
    dialog.dispatchEvent(new CustomEvent("shown"))
    if (name === "palette") search()
  }
}

const requestDialogs = () => region.dispatchEvent(new CustomEvent("send"))

/** A key was pressed before htmx listened. */
function onReady({ target }) {
  if (target === region && requested) requestDialogs()
}

function search() {
  field().select()
  field().form.dispatchEvent(new CustomEvent("send"))
}

function choose(option) {
  activeOption()?.setAttribute("aria-selected", "false")
  option?.setAttribute("aria-selected", "true")
  option?.scrollIntoView({ block: "nearest" })
  if (option) field().setAttribute("aria-activedescendant", option.id)
  else field().removeAttribute("aria-activedescendant")
}

function move(step) {
  const all = options()
  choose(all.at((all.indexOf(activeOption()) + step) % all.length))
}

function openChosen() {
  opensFirst = field().value !== answered
  if (!opensFirst) activeOption()?.click()
}

const KEYS = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: openChosen }

function onKeyDown(event) {
  if (event.target !== field() || event.isComposing || !KEYS[event.key]) return
  event.preventDefault()
  KEYS[event.key]()
}

function onSwap({ detail: { ctx } }) {
  if (ctx.sourceElement === region) {
    if (requested) openDialog(requested)
    requested = undefined
  } else if (ctx.sourceElement === field()?.form && ctx.target.id === "palette-results") {
    answered = new URL(ctx.request.action, location.href).searchParams.get("q")
    document.getElementById("palette-notice").replaceChildren()
    choose(options()[0])
    if (opensFirst) openChosen()
  }
}

/** Enter counts only for what was asked for then. */
function onFinished({ detail: { ctx } }) {
  if (ctx.sourceElement === field()?.form && ctx.status.startsWith("error")) opensFirst = false
}

/** A press on what surrounds a dialog closes it. */
function onClick({ target }) {
  if (target.matches("#dialogs > dialog")) target.close()
}

function openByLink(event) {
  const link = event.target.closest("[data-opens]")
  if (!link || !region || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  openDialog(link.dataset.opens)
}

document.addEventListener("click", openByLink)
if (region) {
  region.addEventListener("keydown", onKeyDown)
  region.addEventListener("click", onClick)
  region.addEventListener("htmx:after:init", onReady)
  document.addEventListener("htmx:after:swap", onSwap)
  document.addEventListener("htmx:finally:request", onFinished)
}
