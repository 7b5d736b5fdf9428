// Tells the server that a person opened a registration link, and that they started its form. Scanners of emails run scripts too, but
// they move no pointer and press no key.

const SIGNS_OF_A_PERSON = ["pointermove", "pointerdown", "touchstart", "keydown", "scroll"]

function reportOpening({ isTrusted }) {
  if (!isTrusted || document.visibilityState !== "visible") return
  for (const type of SIGNS_OF_A_PERSON) removeEventListener(type, reportOpening, true)
  navigator.sendBeacon(registration.dataset.opening)
}

const registration = document.querySelector("form[data-opening]")
if (registration) {
  for (const type of SIGNS_OF_A_PERSON) addEventListener(type, reportOpening, { capture: true, passive: true })
  registration.addEventListener("input", () => navigator.sendBeacon(registration.dataset.start), { once: true })
}
