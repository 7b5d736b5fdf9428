// Text of a table that is cut off is shown in full while it is pointed at or has the focus.

const CUT = ".table td > div, .table td > span.muted, .table .company > .emphasis"

function showFull({ target }) {
  for (const shown of document.querySelectorAll(".table .full"))
    if (!shown.contains(target)) shown.classList.remove("full")
  const text = target.closest?.(CUT)
  if (text && [text, ...text.children].some(isCut)) text.classList.add("full")
}

const isCut = ({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
  scrollWidth > clientWidth || scrollHeight > clientHeight

document.addEventListener("pointerover", showFull)
document.addEventListener("focusin", showFull)
