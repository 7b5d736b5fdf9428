// The selected rows of a list.

const selectionBoxes = () => [...document.querySelectorAll("input[name=invite][type=checkbox]")]

let lastClicked

/** With Shift, all rows from the last one that was clicked become as this one. */
function selectRange({ target, shiftKey }) {
  const boxes = selectionBoxes()
  const place = boxes.indexOf(target)
  if (place < 0) return
  const start = boxes.indexOf(lastClicked)
  if (shiftKey && start >= 0) {
    for (const box of boxes.slice(Math.min(start, place), Math.max(start, place) + 1)) box.checked = target.checked
  }
  lastClicked = target
}

/** Selects all rows of the page with one box, and says how many are selected. */
function updateSelection({ target }) {
  if (!target.matches("[data-select-all], input[name=invite]")) return
  const boxes = selectionBoxes()
  if (target.matches("[data-select-all]")) for (const box of boxes) box.checked = target.checked
  showSelection(boxes)
}

export function showSelection(boxes = selectionBoxes()) {
  const label = document.querySelector("[data-selected]")
  if (!label) return
  const count = boxes.filter(({ checked }) => checked).length
  label.textContent = count > 0 ? label.dataset.selected.replace("{count}", count) : ""
  document.querySelector("[data-select-all]").checked = count > 0 && count === boxes.length
}

document.addEventListener("click", selectRange) // before the change that it causes
document.addEventListener("change", updateSelection)
addEventListener("pageshow", () => showSelection()) // the browser restores what was selected
