// A form that can't be sent keeps its words, where the browser would show a page of its own instead.

import { showFailure, texts, tryAgainButton } from "./notices.js"

/** True once a request of this page has failed: then a form isn't sent before the server has answered another one. */
let isDoubtful = false
let isSending = false

async function canReachServer() {
  const { href } = document.querySelector("link[rel=icon]")
  try {
    return (await fetch(href, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(20_000) })).ok
  } catch {
    return false
  }
}

async function sendIfPossible(event) {
  const { target: form, submitter, defaultPrevented } = event
  if (defaultPrevented || isSending || form.method === "dialog" || (navigator.onLine && !isDoubtful)) return
  event.preventDefault()
  delete form.dataset.submitted
  const send = () => form.requestSubmit(submitter?.isConnected ? submitter : null)
  isDoubtful = !(await canReachServer())
  if (isDoubtful) {
    showFailure(form, navigator.onLine ? texts.unreachable : texts.offline, tryAgainButton(send))
  } else {
    isSending = true
    send()
    isSending = false
  }
}

document.addEventListener("submit", sendIfPossible)
document.addEventListener("htmx:error", () => {
  isDoubtful = true
})
