// Buttons that copy.

function enableCopyButtons() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) {
    button.hidden = false
    button.addEventListener("click", async () => {
      const input = document.getElementById(button.dataset.copy)
      input.select()
      await navigator.clipboard.writeText(input.value)
      button.textContent = button.dataset.copied
    })
  }
}

enableCopyButtons()
