// A request of htmx that fails is said, with a button that sends it again. What polls is sent again by itself.

import { noticeRegion, showFailure, texts, tryAgainButton } from "./notices.js"
import { awaitsTyping, isPoll, pollAgain, pollEnded, stopPolling } from "./polls.js"
import { repeat } from "./repeat.js"

const NOTICE = "#notice"

const retryButton = ({ sourceElement, request }) => tryAgainButton(() => repeat(sourceElement, request.submitter))

function showFailed(ctx, text) {
  const { sourceElement } = ctx
  if (isPoll(sourceElement)) pollAgain(sourceElement)
  else showFailure(sourceElement, text, retryButton(ctx))
}

/** No answer, or one that broke off. */
function onError({ detail: { ctx, error } }) {
  if (!ctx) return showFailure(undefined, texts.serverError)
  if (error === "timeout") showFailed(ctx, texts.timeout)
  else if (!navigator.onLine) showFailed(ctx, texts.offline)
  else showFailed(ctx, ctx.text === undefined ? texts.unreachable : texts.serverError)
}

/** Whether the answer is one of ours to this request; a proxy answers with pages of its own. */
function isUsable({ response, hx, text, select }, isPolling) {
  if (response.status === 204) return true
  if (!response.headers.get("Content-Type")?.startsWith("text/html")) return false
  if (hx.retarget) return !isPolling || response.status < 500
  if (response.status >= 500) return false
  return select ? text.includes(`id="${select.slice(1)}"`) : !/^\s*<!doctype/i.test(text)
}

function onResponse(event) {
  const { ctx } = event.detail
  const { sourceElement, hx } = ctx
  const isPolling = isPoll(sourceElement)
  if (!isUsable(ctx, isPolling)) {
    event.preventDefault()
    showFailed(ctx, texts.serverError)
  } else {
    if (isPolling) pollEnded(sourceElement)
    if (hx.retarget === NOTICE) hx.retarget = `#${noticeRegion(sourceElement).id}`
  }
}

/** Our own words for an error of ours get the button too. */
function onSwap({ detail: { ctx } }) {
  if (ctx.response?.status >= 500) document.querySelector(`${ctx.hx.retarget} .notice`)?.append(" ", retryButton(ctx))
}

/**
 * The answer to a form is then a page, which htmx can't show. What was typed stays, and the sign-in leads back to the page.
 */
function onSignedOut({ target }) {
  if (target instanceof HTMLFormElement && target.method === "post") return target.submit()
  stopPolling(target)
  if (awaitsTyping(target)) return showFailure(target, texts.signedOutInForm)
  const link = document.createElement("a")
  link.href = target instanceof HTMLFormElement && !target.closest("dialog") ? addressOf(target) : location.href
  link.textContent = texts.signIn
  showFailure(target, texts.signedOut, link)
}

/** The page that a form with the method GET leads to. */
function addressOf(form) {
  const url = new URL(form.action)
  for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value)
  return url.href
}

document.addEventListener("htmx:error", onError)
document.addEventListener("htmx:after:request", onResponse)
document.addEventListener("htmx:after:swap", onSwap)
document.addEventListener("signed-out", onSignedOut)
