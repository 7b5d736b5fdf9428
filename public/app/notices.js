// What went wrong, said where it is seen and announced.

/** The texts of the page in its language (src/web/ui/failure-texts.ts). */
export const texts = document.body.dataset

/** A dialog covers the rest of the page, so it has a region of its own. */
export const noticeRegion = (element) =>
  element?.closest?.("dialog[open]")?.querySelector("[role=status]") ?? document.getElementById("notice") ?? addRegion()

function addRegion() {
  const region = document.createElement("div")
  region.id = "notice"
  region.setAttribute("role", "alert")
  document.querySelector("main").prepend(region)
  return region
}

/** Says that something failed, in place of earlier messages but that of `element`, which failed. `control` follows the text. */
export function showFailure(element, text, control) {
  const notice = document.createElement("p")
  notice.className = "notice danger"
  notice.append(text)
  if (control) notice.append(" ", control)
  const region = noticeRegion(element)
  for (const other of [...region.children]) if (!other.contains(element)) other.remove()
  region.append(notice)
  return notice
}

/** A button after which its notice goes away. */
export function tryAgainButton(onPress) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "link"
  button.textContent = texts.tryAgain
  button.addEventListener("click", () => {
    button.closest(".notice").remove()
    onPress()
  })
  return button
}

const announcements = document.createElement("p")
announcements.className = "visually-hidden"
announcements.setAttribute("role", "status")
document.body.append(announcements)

/** Tells screen readers what the page shows elsewhere. */
export function announce(text) {
  announcements.textContent = text
}
