// The select of billing accounts fills in their fields.

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

document.addEventListener("change", fillFromSelect)
