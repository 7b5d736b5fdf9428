// Says while a new password is typed whether it will be accepted. The length is counted here; the verdict is the server's, so that it
// is the same as after sending the form. Nothing turns red before that. Part of guest.js, and loaded by the profile.

import { showHint } from "./guest/hints.js"

/** How long somebody pauses before we ask the server, and before a screen reader says the length. */
const PAUSE_MS = 500

let timer
let request

function onInput({ target: field }) {
  if (!field.dataset.passwordCheck) return
  clearTimeout(timer)
  request?.abort()
  delete field.dataset.weakness
  const { help, min, countLabel, checking } = field.dataset
  const { length } = [...field.value.normalize("NFC")] // code points, as the server counts them
  if (length === 0) return showHint(field, help)
  const isShort = length < min
  const text = isShort ? countLabel.replace("{count}", length).replace("{min}", min) : checking
  showHint(field, text)
  timer = setTimeout(() => (isShort ? announce(text) : check(field)), PAUSE_MS)
}

async function check(field) {
  request = new AbortController()
  const { signal } = request
  const { passwordCheck, good, help } = field.dataset
  const body = new URLSearchParams({ password: field.value, name: field.form.elements.name?.value ?? "" })
  try {
    const response = await fetch(passwordCheck, { method: "POST", body, signal })
    const { detail } = response.ok ? await response.json() : { detail: undefined }
    if (detail) field.dataset.weakness = detail
    const [text, tone] = detail ? [detail, "weak"] : response.ok ? [good, "good"] : [help, "help"]
    showHint(field, text, tone)
    announce(text)
  } catch {
    if (!signal.aborted) showHint(field, help) // the network failed: sending the form says so
  }
}

/** For screen readers, once for each pause. */
function announce(text) {
  document.querySelector("[data-password-status]").textContent = text
}

document.addEventListener("input", onInput)
