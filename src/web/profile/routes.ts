import type { Context } from "hono"
import type { FieldError } from "../../domain/failure.ts"
import {
  changeName,
  changePassword,
  changePreferences,
  checkOwnNewPassword,
} from "../../domain/identity/change-profile.ts"
import { cancelEmailChange, requestEmailChange } from "../../domain/identity/email-change.ts"
import { endOtherSessions, endOwnSession } from "../../domain/identity/sessions.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { redirect, redirectBack } from "../../http/htmx.ts"
import { currentMessages } from "../../http/language.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { joinSentences } from "../../text/sentences.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { respondToPasswordCheck } from "../ui/password-field.tsx"
import { profilePath, renderProfile } from "./page.tsx"

export const profileRoutes = new Router()

profileRoutes.serve("profile.show", (c) => renderProfile(c))

/** Posted from the profile, or from the menu of any page, to which it returns. */
profileRoutes.serve("profile.changePreferences", async (c) => {
  const values = await readForm(c)
  const errors = await changePreferences(c.var.deps, c.var.sessionUser, values)
  if (errors.length > 0) {
    const preferences = { values, errors: translateErrors(currentMessages(c), errors) }
    return renderProfile(c, { forms: { preferences }, status: 422 })
  }
  if (values.time_zone !== undefined) return redirect(c, profilePath(c, "preferences_changed"))
  return redirectBack(c, profilePath(c), { flash: undefined })
})

profileRoutes.serve("profile.changeName", async (c) => {
  const values = await readForm(c)
  const errors = await changeName(c.var.deps, c.var.sessionUser, values)
  if (errors.length === 0) return redirect(c, profilePath(c, "name_changed"))
  const name = { values, errors: translateErrors(currentMessages(c), errors) }
  return renderProfile(c, { forms: { name }, status: 422 })
})

profileRoutes.serve("profile.changePassword", async (c) => {
  const values = await readForm(c)
  const t = currentMessages(c)
  try {
    const errors = await changePassword(c.var.deps, c.var.sessionUser, values)
    if (errors.length === 0) {
      logSecurityEvent(c, { event: "password_changed", userId: c.var.sessionUser.user.id, method: "profile" })
      return redirect(c, profilePath(c, "password_changed"))
    }
    logWrongPassword(c, errors)
    const password = { values, errors: translateErrors(t, errors) }
    return renderProfile(c, { forms: { password }, status: 422 })
  } catch (error) {
    return renderProfile(c, {
      forms: { password: { values, errors: [] } },
      ...limited(c, error, t.retry.nothingChanged),
    })
  }
})

// Public/password-check.js asks this while a new password is typed.
profileRoutes.serve("profile.checkPassword", async (c) => {
  const errors = await checkOwnNewPassword(c.var.deps, c.var.sessionUser, await readForm(c))
  return respondToPasswordCheck(c, currentMessages(c), errors)
})

profileRoutes.serve("profile.changeEmail", async (c) => {
  const values = await readForm(c)
  const t = currentMessages(c)
  try {
    const errors = await requestEmailChange(c.var.deps, c.var.sessionUser, values)
    if (errors.length === 0) {
      logSecurityEvent(c, { event: "email_change_requested", userId: c.var.sessionUser.user.id })
      return redirect(c, profilePath(c, "email_requested"))
    }
    logWrongPassword(c, errors)
    const email = { values, errors: translateErrors(t, errors) }
    return renderProfile(c, { forms: { email }, status: 422 })
  } catch (error) {
    return renderProfile(c, { forms: { email: { values, errors: [] } }, ...limited(c, error, t.retry.nothingSent) })
  }
})

profileRoutes.serve("profile.cancelEmailChange", async (c) => {
  if (await cancelEmailChange(c.var.deps, c.var.sessionUser)) {
    logSecurityEvent(c, { event: "email_change_cancelled", userId: c.var.sessionUser.user.id })
  }
  return redirect(c, profilePath(c, "email_cancelled"))
})

profileRoutes.serve("profile.endOtherSessions", async (c) => {
  await endOtherSessions(c.var.deps, c.var.sessionUser)
  logSecurityEvent(c, { event: "sessions_ended", userId: c.var.sessionUser.user.id, reason: "user" })
  return redirect(c, profilePath(c, "other_sessions_ended"))
})

profileRoutes.serve("profile.endSession", async (c) => {
  await endOwnSession(c.var.deps, c.var.sessionUser, c.req.param("id"))
  logSecurityEvent(c, { event: "sessions_ended", userId: c.var.sessionUser.user.id, reason: "user" })
  return redirect(c, profilePath(c, "session_ended"))
})

function logWrongPassword(c: Context<AppEnv>, errors: FieldError[]): void {
  if (!errors.some(({ code }) => code === "wrong_password")) return
  const userId = c.var.sessionUser.user.id
  logSecurityEvent(c, { event: "sign_in_failed", entrance: "profile", reason: "wrong_password", userId })
}

function limited(c: Context<AppEnv>, error: unknown, consequence: string) {
  const t = currentMessages(c)
  const { message, status } = rateLimit(c, error, t)
  return { errorMessage: joinSentences(t, message, consequence), status }
}
