// A form that is being sent can't be sent again.

/** Where the browser doesn't tell that sending was stopped, a form can be sent again after this time. */
const SUBMIT_AGAIN_MS = 10_000

function submitOnce(event) {
  const form = event.target
  if (!form.matches("form[data-submit-once]")) return
  if (event.timeStamp - form.dataset.submitted < SUBMIT_AGAIN_MS) {
    event.preventDefault()
    event.stopImmediatePropagation() // htmx doesn't ask whether the default was prevented
  } else {
    form.dataset.submitted = event.timeStamp
  }
}

/** What was stopped while it was sent, or came back from the browser's cache, can be sent again. */
function allowSubmits() {
  for (const form of document.querySelectorAll("form[data-submitted]")) delete form.dataset.submitted
}

document.addEventListener("submit", submitOnce, true)
document.addEventListener("htmx:finally:request", ({ target }) => delete target.dataset?.submitted) // the document, if the form is gone
addEventListener("pageshow", allowSubmits)
window.navigation?.addEventListener("navigateerror", allowSubmits)
