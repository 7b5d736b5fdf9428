// Asks for passkeys and puts the answers into forms, which the server checks. Without this script, passwords and codes work.
// A button with `data-passkey` belongs to a form with the hidden field `passkey`; its value is what the browser is asked for.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0))

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

const toDescriptors = (descriptors) => descriptors.map(({ id, ...rest }) => ({ ...rest, id: toBytes(id) }))

let conditional

async function createPasskey({ challenge, user, excludeCredentials, ...options }) {
  const { response } = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(challenge),
      user: { ...user, id: toBytes(user.id) },
      excludeCredentials: toDescriptors(excludeCredentials),
    },
  })
  return {
    clientDataJSON: toText(response.clientDataJSON),
    attestationObject: toText(response.attestationObject),
  }
}

async function requestPasskey({ challenge, allowCredentials, ...options }, request = {}) {
  const publicKey = { ...options, challenge: toBytes(challenge), allowCredentials: toDescriptors(allowCredentials) }
  const { id, response } = await navigator.credentials.get({ ...request, publicKey })
  return {
    id,
    clientDataJSON: toText(response.clientDataJSON),
    authenticatorData: toText(response.authenticatorData),
    signature: toText(response.signature),
    userHandle: response.userHandle && toText(response.userHandle),
  }
}

function submit(form, passkey, action) {
  form.elements.passkey.value = JSON.stringify(passkey)
  if (action) form.action = action
  form.submit()
}

const loadOptions = async (button) =>
  button.dataset.passkeyOptions
    ? JSON.parse(button.dataset.passkeyOptions)
    : (await fetch(button.dataset.passkey)).json()

/** Whether the form has what it needs beside the passkey. People fill it in first, so that they aren't asked for the passkey twice. */
function isReady({ form, dataset }) {
  if (dataset.passkeyAction) return true
  if (!form.dispatchEvent(new Event("passkey", { bubbles: true, cancelable: true }))) return false
  const missing = [...form.elements].find((field) => field.type !== "password" && !field.checkValidity())
  return missing ? missing.reportValidity() : true
}

function showCancelled({ form, dataset }) {
  const message = form.querySelector("[data-message]")
  if (!message) return
  message.textContent = dataset.cancelled
  message.hidden = false
}

async function onClick(event) {
  const button = event.currentTarget
  if (!isReady(button)) return
  conditional?.abort()
  button.disabled = true
  try {
    const options = await loadOptions(button)
    submit(
      button.form,
      await (options.user ? createPasskey(options) : requestPasskey(options)),
      button.dataset.passkeyAction,
    )
  } catch {
    button.disabled = false // cancelled, or no passkey on this device
    showCancelled(button)
  }
}

/** Enter in a field of a form without a submit button asks for the passkey too. */
function onSubmit(event) {
  if (event.submitter) return
  event.preventDefault()
  event.currentTarget.querySelector("button[data-passkey]").click()
}

/** Offers passkeys in the browser's autofill. Challenges expire, so it asks again with a new one. */
async function offerInAutofill(button) {
  for (;;) {
    conditional = new AbortController()
    const renewal = setTimeout(() => conditional.abort("renew"), 480_000)
    try {
      const request = { mediation: "conditional", signal: conditional.signal }
      submit(button.form, await requestPasskey(await loadOptions(button), request), button.dataset.passkeyAction)
      return
    } catch {
      if (conditional.signal.reason !== "renew") return
    } finally {
      clearTimeout(renewal)
    }
  }
}

async function enablePasskeys() {
  if (!window.PublicKeyCredential) return
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    button.addEventListener("click", onClick)
    button.form.addEventListener("submit", onSubmit)
    addEventListener("pageshow", () => {
      button.disabled = false // someone came back to a page that the browser kept
    })
  }
  const button = document.querySelector("button[data-passkey-autofill]")
  if (button && (await PublicKeyCredential.isConditionalMediationAvailable?.())) await offerInAutofill(button)
}

enablePasskeys()
