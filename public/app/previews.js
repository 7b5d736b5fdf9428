// Previews that follow their form.

import { noticeRegion, showFailure, texts, tryAgainButton } from "./notices.js"

const TIMEOUT_MS = 20_000
/** A browser may also report the empty document that a frame begins with as loaded. */
const EMPTY_MS = 1_000

const previewButton = document.querySelector("[data-preview-button]")
let previewTimer
let previewCount = 0

function schedulePreview(event) {
  if (!previewButton || event.target.form !== previewButton.form) return
  clearTimeout(previewTimer)
  previewTimer = setTimeout(() => updatePreview(), 400)
}

/** Posts the form into a new frame, which replaces the old one once loaded: no flicker and no history entry. */
function updatePreview({ form, formAction } = previewButton) {
  const [shown, loading] = document.querySelectorAll(".preview iframe")
  loading?.remove()
  const next = shown.cloneNode()
  next.name = `preview-${++previewCount}` // a frame keeps the name that it was created with
  next.hidden = true
  shown.after(next)
  showOnceLoaded(next, shown)
  const { action } = form
  form.action = formAction
  form.target = next.name
  form.submit()
  form.action = action
  form.removeAttribute("target")
}

function showOnceLoaded(next, shown) {
  let timer = setTimeout(() => showPreviewFailure(next, texts.timeout), TIMEOUT_MS)
  next.addEventListener("load", () => {
    clearTimeout(timer)
    if (next.contentWindow.length === 0) {
      timer = setTimeout(() => showPreviewFailure(next, navigator.onLine ? texts.serverError : texts.offline), EMPTY_MS)
    } else {
      shown.remove()
      next.hidden = false
      noticeRegion().querySelector("[data-is-preview]")?.remove()
    }
  })
}

/** The preview from before stays. */
function showPreviewFailure(frame, text) {
  if (!frame.isConnected) return
  frame.remove()
  showFailure(previewButton, text, tryAgainButton(updatePreview)).dataset.isPreview = ""
}

function enablePreview() {
  if (!previewButton) return
  document.querySelector("[data-preview-test]").addEventListener("click", (event) => {
    event.preventDefault()
    updatePreview(event.currentTarget)
  })
  updatePreview()
}

function updateAccentPreview(event) {
  const id = event.target.dataset?.accentPreview
  if (id) document.getElementById(id).href = `/brand/accent/${event.target.value.slice(1)}.css`
}

document.addEventListener("input", schedulePreview)
document.addEventListener("input", updateAccentPreview)
enablePreview()
