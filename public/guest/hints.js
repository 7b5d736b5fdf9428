// The line below a field, which has its help, what a check says, or its error: as src/web/ui/fields.tsx writes it.

const hintOf = ({ id }) => document.getElementById(`${id}-hint`)

function createHint(field) {
  const hint = document.createElement("p")
  hint.id = `${field.id}-hint`
  if (field.type === "checkbox") field.parentElement.after(hint)
  else field.closest(".field").append(hint)
  field.setAttribute("aria-describedby", hint.id)
  return hint
}

/** Shows a text below a field; `tone` is `help`, `error`, `weak` or `good`. */
export function showHint(field, text, tone = "help") {
  const hint = hintOf(field) ?? createHint(field)
  hint.textContent = text
  hint.className = tone
  if (tone === "error") field.setAttribute("aria-invalid", "true")
  else field.removeAttribute("aria-invalid")
}

/** Takes back an error, and shows the help again, if the field has any. */
export function clearError(field) {
  if (field.dataset.help) return showHint(field, field.dataset.help)
  hintOf(field)?.remove()
  for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name)
}
