// Checks a form before it is sent, and sends it in the background: what was typed stays when something is refused. Without this script,
// the browser sends the form, and the answer is the page with the same errors.

import { clearError, showHint } from "./hints.js"

const isEmpty = (field) => (field.type === "checkbox" ? !field.checked : field.value.trim() === "")

/** Shows errors at their fields, and leads to the first one. */
function showErrors(form, errors) {
  for (const { field, detail } of errors) showHint(form.elements[field], detail, "error")
  form.elements[errors[0].field].focus()
}

/** What a field lacks, as far as the browser knows. */
function findProblem(field) {
  const { required, weakness } = field.dataset
  if (required && isEmpty(field)) return required
  return weakness
}

/** True if the form can be sent. Fields of a type in `ignored` don't count. */
function isComplete(form, ignored) {
  const errors = [...form.elements]
    .filter(({ type }) => type !== ignored)
    .map((field) => ({ field: field.name, detail: findProblem(field) }))
    .filter(({ detail }) => detail)
  if (errors.length > 0) showErrors(form, errors)
  return errors.length === 0
}

function showMessage(form, text) {
  const message = form.querySelector("[data-message]")
  message.textContent = text
  message.hidden = text === ""
}

/** Sends the form. An answer that isn't about its fields is a page, which the browser gets by sending the form itself. */
async function send(form) {
  const response = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  })
  if (response.status >= 500 && response.status !== 503) return showMessage(form, form.dataset.failed)
  if (!response.headers.get("Content-Type")?.startsWith("application/json")) return form.submit()
  const { location: path, errors, message } = await response.json()
  if (path) return location.assign(path)
  if (message) return showMessage(form, message)
  return showErrors(form, errors)
}

async function onSubmit(event) {
  const form = event.target
  if (!form.matches("form[data-checked]") || event.defaultPrevented) return
  if (event.submitter?.hasAttribute("formaction")) return // it shows the page in another language
  event.preventDefault()
  showMessage(form, "")
  if (form.hasAttribute("aria-busy") || !isComplete(form)) return
  form.setAttribute("aria-busy", "true")
  try {
    await send(form)
  } catch {
    showMessage(form, form.dataset.failed) // the network failed
  } finally {
    form.removeAttribute("aria-busy")
  }
}

/** What is corrected is no error any more. A password says so itself. */
function onInput({ target }) {
  if (target.form?.matches("[data-checked]") && target.hasAttribute("aria-invalid")) clearError(target)
}

document.addEventListener("submit", onSubmit)
document.addEventListener("input", onInput)
// public/passkeys.js asks before it creates a passkey, which replaces the password.
document.addEventListener("passkey", (event) => {
  const form = event.target
  if (form.matches("form[data-checked]") && !isComplete(form, "password")) event.preventDefault()
})
