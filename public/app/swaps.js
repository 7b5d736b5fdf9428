// What happens around a swap of htmx.

import { countDown } from "./countdowns.js"
import { showSelection } from "./selection.js"
import { renderTimes } from "./times.js"

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

document.addEventListener("htmx:before:swap", rememberRow)
document.addEventListener("htmx:after:swap", afterSwap)
document.addEventListener("signed-out", openSignIn)
