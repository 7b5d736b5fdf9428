// What happens around a swap of htmx.

import { countDown } from "./countdowns.js"
import { placeOfFocus, restoreFocus } from "./focus.js"
import { showSelection } from "./selection.js"
import { renderTimes } from "./times.js"

let previousRowText
let previousFocus

function beforeSwap({ detail }) {
  previousRowText = detail.ctx.target?.closest?.("tr")?.textContent
  previousFocus = placeOfFocus()
}

/** Highlights a row once if its text has changed. */
function highlightIfChanged(row) {
  if (!row || row.textContent === previousRowText) return
  row.classList.add("highlight")
  row.addEventListener("animationend", () => row.classList.remove("highlight"), { once: true })
}

function afterSwap({ detail: { ctx } }) {
  renderTimes()
  countDown()
  showSelection()
  highlightIfChanged(ctx.target?.closest?.("tr"))
  restoreFocus(previousFocus)
  // Somebody may be typing while other elements are swapped.
  if (ctx.sourceElement instanceof HTMLFormElement) ctx.target.querySelector?.("[aria-invalid=true]")?.focus()
}

document.addEventListener("htmx:before:swap", beforeSwap)
document.addEventListener("htmx:after:swap", afterSwap)
