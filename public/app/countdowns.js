// Buttons that can be pressed again only from a time on, and count down to it.

export function countDown() {
  for (const button of document.querySelectorAll("button[data-retry-at]")) {
    const label = button.querySelector("[data-label]")
    const seconds = Math.ceil((new Date(button.dataset.retryAt) - Date.now()) / 1000)
    if (seconds > 0) {
      const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
      label.textContent = label.dataset.countdown.replace("{time}", time)
      continue
    }
    label.textContent = label.dataset.label
    button.removeAttribute("aria-disabled")
    delete button.dataset.retryAt
  }
}

function blockDisabledButtons(event) {
  if (!event.target.closest("button[aria-disabled=true]")) return
  event.preventDefault()
  event.stopImmediatePropagation()
}

document.addEventListener("click", blockDisabledButtons, true)
countDown()
setInterval(countDown, 1000)
