// Sends a request of htmx again, as it was.

let confirmed

/** Elements that no press sends, such as those that poll, have the trigger `send`. */
export function repeat(element, submitter) {
  if (!element.isConnected) return location.reload()
  if (element.getAttribute("hx-trigger")?.includes("send")) {
    element.dispatchEvent(new CustomEvent("send"))
  } else if (element instanceof HTMLFormElement) {
    confirmed = element
    element.requestSubmit(submitter?.isConnected ? submitter : null)
  } else {
    element.click()
  }
  focusAgain(element, submitter)
}

/** The button that was pressed to send it again is gone. */
function focusAgain(element, submitter) {
  const field = element instanceof HTMLFormElement && element.querySelector("input:not([type=hidden])")
  const control = submitter?.isConnected ? submitter : field || document.getElementById("main")
  control.focus({ preventScroll: true })
}

/** Nobody is asked twice. */
function skipQuestion(event) {
  if (event.target !== confirmed) return
  event.preventDefault()
  event.detail.issueRequest()
}

function forgetConfirmed() {
  confirmed = undefined
}

document.addEventListener("htmx:confirm", skipQuestion)
document.addEventListener("htmx:before:request", forgetConfirmed)
