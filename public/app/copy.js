// Buttons that copy, and forms whose answer is copied.

import { announce } from "./notices.js"
import { isMac } from "./platform.js"

const LABEL_MS = 4_000
const COPY_KEYS = isMac ? "⌘C" : "Ctrl+C"

const isField = (element) => "value" in element
const textOf = (element) => (isField(element) ? element.value : element.textContent.trim())

function select(element) {
  if (isField(element)) {
    element.focus()
    element.select()
  } else {
    getSelection().selectAllChildren(element)
  }
}

/** Shows a text in place of the button's label for a while, in the width of both. */
function showLabel(button, text) {
  clearTimeout(button.timer)
  button.label ??= button.textContent
  button.style.minWidth = `${button.offsetWidth}px`
  button.textContent = text
  announce(text)
  button.timer = setTimeout(() => {
    button.textContent = button.label
  }, LABEL_MS)
}

/** Says that the text was copied; where the browser refuses to, the text is selected for the keys that copy. */
async function sayWhenCopied(copied, button) {
  const { copy, press } = button.dataset
  try {
    await copied
    showLabel(button, button.dataset.copied)
  } catch {
    select(document.getElementById(copy))
    showLabel(button, press.replace("{keys}", COPY_KEYS))
  }
}

function copyOnPress({ target }) {
  const button = target.closest("[data-copy]")
  if (button) sayWhenCopied(writeText(textOf(document.getElementById(button.dataset.copy))), button)
}

const writeText = async (text) => navigator.clipboard.writeText(text)

/** Browsers copy only on a press, so the text is promised before it arrives. */
const writePromised = async (text) => navigator.clipboard.write([new ClipboardItem({ "text/plain": text })])

/** By form: how its promised text is kept or broken. */
const promises = new Map()

function promiseAnswer({ target: form }) {
  if (!form.matches("form[data-copies-answer]")) return
  const { promise, resolve, reject } = Promise.withResolvers()
  const copied = writePromised(promise)
  copied.catch(() => {}) // said once the answer is there
  promises.set(form, { copied, resolve, reject })
}

function copyAnswer({ detail: { ctx } }) {
  const promised = promises.get(ctx.sourceElement)
  const button = ctx.target?.querySelector?.("[data-copy]")
  if (!promised || !button) return
  promised.resolve(new Blob([textOf(document.getElementById(button.dataset.copy))], { type: "text/plain" }))
  sayWhenCopied(promised.copied, button)
}

function breakPromise({ detail: { ctx } }) {
  promises.get(ctx.sourceElement)?.reject(new Error("there is no answer"))
  promises.delete(ctx.sourceElement)
}

document.addEventListener("click", copyOnPress)
document.addEventListener("submit", promiseAnswer, true)
document.addEventListener("htmx:after:swap", copyAnswer)
document.addEventListener("htmx:finally:request", breakPromise)
