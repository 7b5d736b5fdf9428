// The summary of folded options follows their fields.

function textOf(control) {
  const { summary, summaryOne } = control.dataset
  if (control.matches("select")) return control.selectedOptions[0].text
  if (control.type === "radio") return control.checked ? summary : ""
  const value = control.value.trim()
  if (control.type === "number") return value === "1" ? summaryOne : summary.replace("{count}", value || "–")
  return value ? summary : ""
}

function updateSummary({ target }) {
  const details = target.closest("details.options")
  if (!details) return
  const texts = [...details.querySelectorAll("select, [data-summary]")].map(textOf)
  details.querySelector("[data-options-summary]").textContent = texts.filter(Boolean).join(", ")
}

document.addEventListener("input", updateSummary)
