// Keyboard shortcuts. Those of single keys can be switched off (WCAG 2.1.4); a cookie remembers it, since signing out clears what
// is stored.

import { openDialog } from "./palette.js"
import { isMac, storeCookie } from "./platform.js"

const OFF = "vestibule.single_keys=off"
const SEQUENCE_MS = 1_500

const region = document.getElementById("dialogs")
const paths = region ? JSON.parse(region.dataset.keys) : {}

/** The first key of two, and when it was pressed. */
let first = { key: "", at: -SEQUENCE_MS }

const isOn = () => !document.cookie.split("; ").includes(OFF)

const isTyping = (element) =>
  element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")

function onKeyDown(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return
  if (event.ctrlKey || event.metaKey) onControl(event)
  else if (isOn() && !isTyping(event.target) && !document.querySelector("dialog[open]")) onSingleKey(event)
}

function onControl(event) {
  const isSearch = event.key.toLowerCase() === "k" && !event.shiftKey && event.ctrlKey !== event.metaKey
  if (!isSearch || document.querySelector("dialog[open]:not(#palette)")) return
  event.preventDefault()
  const palette = document.getElementById("palette")
  if (palette?.open) palette.close()
  else openDialog("palette")
}

function onSingleKey(event) {
  const { key, timeStamp } = event
  const path = paths[timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${key}` : key] ?? paths[key]
  first = { key, at: timeStamp }
  if (path) location.assign(path)
  else if (key === "/") focusSearch()
  else if (key === "?") openDialog("shortcuts")
  else return
  event.preventDefault()
}

function focusSearch() {
  const search = document.querySelector("main input[type=search]")
  if (!search?.checkVisibility()) return openDialog("palette")
  search.focus()
  search.select()
}

function showSwitch({ target }) {
  if (target.id === "shortcuts") document.getElementById("single-keys").checked = isOn()
}

function storeSwitch({ target }) {
  if (target.id !== "single-keys") return
  storeCookie(OFF, !target.checked)
}

function showKeysOfMac() {
  for (const key of document.querySelectorAll("kbd[data-mac]")) key.textContent = key.dataset.mac
}

if (region) {
  document.addEventListener("keydown", onKeyDown)
  region.addEventListener("shown", showSwitch, true)
  region.addEventListener("change", storeSwitch)
}
if (isMac) {
  showKeysOfMac()
  document.addEventListener("htmx:after:swap", showKeysOfMac)
}
