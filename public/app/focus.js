// Where the focus is: in the first field of a form that a page is for, and after a swap where it was before.

const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea"
const ROWS = "tr[id], li[id]"

/** What a control does, since its label can change. */
const purposeOf = (control) => control.form?.getAttribute("action") ?? control.getAttribute("href") ?? control.name

/** Where the focus is now, in a way that survives a swap. */
export function placeOfFocus() {
  const { activeElement: control } = document
  if (control === document.body) return undefined
  const row = control.closest(ROWS)
  return {
    control,
    id: control.id,
    rowId: row?.id,
    nextRowId: row?.nextElementSibling?.id,
    purpose: purposeOf(control),
  }
}

/** Returns the focus that a swap took away: to the same control, else to one of the same row or the next one. */
export function restoreFocus(place) {
  if (!place || place.control.isConnected || document.activeElement !== document.body) return
  const row = document.getElementById(place.rowId) ?? document.getElementById(place.nextRowId)
  const controls = row ? [...row.querySelectorAll(CONTROLS)] : []
  const control =
    (place.id && document.getElementById(place.id)) ||
    controls.find((candidate) => purposeOf(candidate) === place.purpose) ||
    controls.find((candidate) => candidate.matches("a")) ||
    document.getElementById("main")
  control.focus({ preventScroll: true })
}

/**
 * `data-focus` of a form can name another field than its first. A touch screen would show its keyboard over what the page says first, so
 * there it is left out.
 */
function focusFirstField() {
  const invalid = document.querySelector("main [aria-invalid=true]")
  if (invalid) return invalid.focus()
  if (
    location.hash ||
    document.activeElement !== document.body ||
    !matchMedia("(hover: hover) and (pointer: fine)").matches
  )
    return
  const form = document.querySelector("form[data-focus]")
  const isEntered = (field) => field.matches("input, textarea, select") && !field.readOnly && field.checkVisibility()
  const named = form?.dataset.focus && form.elements[form.dataset.focus]
  const field = named || [...(form?.elements ?? [])].find(isEntered)
  field?.focus({ preventScroll: true })
}

focusFirstField()
