// Previews that follow their form.

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
  next.addEventListener("load", () => {
    shown.remove()
    next.hidden = false
  })
  const { action } = form
  form.action = formAction
  form.target = next.name
  form.submit()
  form.action = action
  form.removeAttribute("target")
}

function enablePreview() {
  if (!previewButton) return
  previewButton.hidden = true
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
