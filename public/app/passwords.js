// Buttons that show a password.

function enablePasswordToggles() {
  for (const button of document.querySelectorAll("[data-show-password][hidden]")) {
    const input = document.getElementById(button.getAttribute("aria-controls"))
    button.hidden = false
    button.addEventListener("click", () => {
      const show = input.type === "password"
      input.type = show ? "text" : "password"
      button.setAttribute("aria-pressed", String(show))
      const label = button.textContent
      button.textContent = button.dataset.otherLabel
      button.dataset.otherLabel = label
    })
  }
}

enablePasswordToggles()
