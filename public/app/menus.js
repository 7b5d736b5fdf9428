// Menus close by Esc, by a press outside of them, and once the focus leaves them.

function closeMenus(isLeft) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (isLeft(menu)) menu.open = false
}

function closeByEscape({ key, target }) {
  if (key !== "Escape") return
  const menu = target.closest?.("details.menu[open]")
  closeMenus(() => true)
  menu?.querySelector("summary").focus()
}

/** A form that comes after the button can't have it as its own: Enter in its fields would press it. */
function adoptButton({ target }) {
  const button = target.closest?.("button[data-form]")
  if (button) button.setAttribute("form", button.dataset.form)
}

/** Shows the current page in navigation that scrolls, for browsers that don't know `scroll-initial-target`. */
function showCurrentPage() {
  for (const link of document.querySelectorAll("nav [aria-current]")) {
    const nav = link.parentElement
    const [{ left, width }, row] = [link.getBoundingClientRect(), nav.getBoundingClientRect()]
    const isInView = left >= row.left && left + width <= row.right
    if (!isInView) nav.scrollLeft += left - row.left - (row.width - width) / 2
  }
}

document.addEventListener("keydown", closeByEscape)
document.addEventListener("pointerdown", ({ target }) => closeMenus((menu) => !menu.contains(target)))
document.addEventListener("focusin", ({ target }) => closeMenus((menu) => !menu.contains(target)))
document.addEventListener("click", adoptButton, true)
showCurrentPage()
