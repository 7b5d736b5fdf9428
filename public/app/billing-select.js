// The select of billing accounts fills in their fields, which decide. It says so if they are changed to something else.

const select = () => document.querySelector("select[data-fills-billing]")
const inputs = () => ["billing_email", "billing_phone"].map((id) => document.getElementById(id))

function fillFromSelect({ target }) {
  if (target !== select()) return
  const { email, phone } = target.selectedOptions[0].dataset
  const details = target.closest("fieldset").querySelector("details")
  details.open = email === undefined
  for (const [n, value] of [email, phone].entries()) inputs()[n].value = value ?? ""
  if (email === undefined) inputs()[0].focus()
}

function followFields({ target }) {
  const list = select()
  if (!list || !inputs().includes(target) || list.value === "new") return
  const [email, phone] = inputs().map(({ value }) => value.trim())
  const option = [...list.options].find(({ dataset }) => dataset.email === email && dataset.phone === phone)
  list.value = option?.value ?? ""
}

document.addEventListener("change", fillFromSelect)
document.addEventListener("input", followFields)
