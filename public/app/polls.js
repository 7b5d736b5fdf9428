// Elements that update themselves: when that fails, it is said once, tried again at growing intervals, and forgotten once it works.

import { noticeRegion, showFailure, texts, tryAgainButton } from "./notices.js"
import { repeat } from "./repeat.js"

const RETRY_SECONDS = [5, 10, 20, 40, 60]

/** By their ids: the elements that couldn't be updated, with how often, and the timers that try again. */
const failing = new Map()

export const isPoll = (element) => /^load delay/.test(element.getAttribute?.("hx-trigger"))

/** Whether somebody types in the form around the element. */
export const awaitsTyping = (element) => !(element instanceof HTMLFormElement) && element.closest("form") !== null

export function pollAgain({ id }) {
  const { attempts = 0, timer } = failing.get(id) ?? {}
  clearTimeout(timer)
  const seconds = RETRY_SECONDS[Math.min(attempts, RETRY_SECONDS.length - 1)]
  failing.set(id, { attempts: attempts + 1, timer: setTimeout(() => send(id), seconds * 1000) })
  const region = noticeRegion()
  if (region.querySelector("[data-is-stale]")) return
  showFailure(region, texts.stale, tryAgainButton(sendAll)).dataset.isStale = ""
}

function send(id) {
  const element = document.getElementById(id)
  if (element && isPoll(element)) repeat(element)
  else pollEnded({ id })
}

function sendAll() {
  for (const id of failing.keys()) send(id)
}

export function pollEnded({ id }) {
  clearTimeout(failing.get(id)?.timer)
  failing.delete(id)
  if (failing.size === 0) noticeRegion().querySelector("[data-is-stale]")?.remove()
}

/** Ends all attempts, also those of the other elements. */
export function stopPolling() {
  for (const id of [...failing.keys()]) pollEnded({ id })
}

addEventListener("online", sendAll)
