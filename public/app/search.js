/** A link beside a search that was just typed keeps it, also before its results arrive. Other pages belong to the earlier search. */
function keepSearch({ target }) {
  if (!target.matches("input.search")) return
  for (const link of target.closest(".card").querySelectorAll("a.chip, .pager a")) {
    const url = new URL(link.href)
    url.searchParams.set("q", target.value)
    for (const cursor of ["before", "after", "rest"]) url.searchParams.delete(cursor)
    link.href = url
  }
}

document.addEventListener("input", keepSearch)
