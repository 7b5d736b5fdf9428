// Styles in the head of every email, which not all programs know. An email must be complete without them.

const corners = (selector: string, radius: string) =>
  `${selector}{${["top-left", "top-right", "bottom-right", "bottom-left"].map((corner) => `border-${corner}-radius:${radius}`).join(";")}}`

const REFINEMENTS = [
  ":root{color-scheme:light dark}",
  "body{margin:0;padding:0;background-color:#fbfaf8}",
  corners(".card", "10px"),
  corners(".button", "8px"),
].join("")

/** The colors of public/css/base.css. `{{on_accent_dark}}` is the text on a button. */
const DARK = [
  "body,.page{background-color:#141414 !important}",
  ".card{background-color:#1c1c1b !important;border-color:#30302e !important}",
  ".ink{color:#ecebe7 !important}",
  ".soft{color:#a09d96 !important}",
  ".quote{border-color:#30302e !important}",
  ".accent{color:{{accent_dark}} !important}",
  ".button{background-color:{{accent_dark}} !important}",
  ".label{color:{{on_accent_dark}} !important}",
  ".logo{background-color:#ffffff;padding:6px}",
].join("")

/** Apart from each other, since some programs drop a whole block that has anything they don't know. */
export const STYLES = [`@media screen{${REFINEMENTS}}`, `@media screen and (prefers-color-scheme:dark){${DARK}}`]
