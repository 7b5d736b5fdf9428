// The selected rows of a list.

const selectionBoxes = () => [...document.querySelectorAll("input[name=invite][type=checkbox]")]

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

document.addEventListener("change", updateSelection)
addEventListener("pageshow", () => showSelection()) // the browser restores what was selected
