import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { repairToken } from "../../domain/access/repair-token.ts"
import { confirmEmailChange, EMAIL_CHANGE_HOURS, openEmailChangeLink } from "../../domain/identity/email-change.ts"
import type { AppEnv } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { sandboxIdOf } from "../../text/sandbox-address.ts"
import { Form } from "../ui/form.tsx"
import { GuestPage } from "../ui/layout.tsx"
import { logForgedLink } from "./log-forged-link.ts"

export const confirmEmailRoutes = new Router()

// Only the form confirms, because email scanners send GETs.
confirmEmailRoutes.serve("emailChange.show", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const repairedToken = await repairToken(deps.linkKeys, token, "email_change")
  if (repairedToken) return redirect(c, href("emailChange.show", { token: repairedToken }))
  const link = await openEmailChangeLink(deps, token)
  if (!link) return invalidLink(c, token)
  const { title, text, submit } = browserMessages(c).emailChange
  return renderPage(
    c,
    title,
    text(readableAddress(link.change.newEmail), deps.config.platformName),
    <Form action={href("emailChange.confirm", { token })} data-submit-once>
      <button class="button full-width" type="submit">
        {submit}
      </button>
    </Form>,
  )
})

confirmEmailRoutes.serve("emailChange.confirm", async (c) => {
  const token = c.req.param("token")
  const result = await confirmEmailChange(c.var.deps, token)
  const { waitingTitle, waiting, changedTitle, changed, takenTitle, taken } = browserMessages(c).emailChange
  switch (result.outcome) {
    case "link_invalid":
      return invalidLink(c, token)
    case "waiting": {
      const text = result.address === "current" ? waiting.current(readableAddress(result.change.newEmail)) : waiting.new
      return renderPage(c, waitingTitle, text)
    }
    case "changed":
      logSecurityEvent(c, { event: "email_changed", userId: result.user.id })
      return renderPage(
        c,
        changedTitle,
        changed(readableAddress(result.change.newEmail)),
        <SignInLink c={c} address={result.user.email} />,
      )
    case "taken":
      return renderPage(c, takenTitle, taken, undefined, 409)
  }
})

confirmEmailRoutes.serve("emailChange.malformed", (c) => invalidLink(c, ""))
confirmEmailRoutes.serve("emailChange.malformedPost", (c) => invalidLink(c, ""))

async function invalidLink(c: Context<AppEnv>, token: string) {
  await logForgedLink(c, token, "email_change")
  const { invalidTitle, invalid } = browserMessages(c).emailChange
  return renderPage(c, invalidTitle, invalid(EMAIL_CHANGE_HOURS), <SignInLink c={c} />, 410)
}

function SignInLink({ c, address }: { c: Context<AppEnv>; address?: string }) {
  return (
    <a class="button full-width" href={href("session.new", {}, { sandbox: address && sandboxIdOf(address) })}>
      {browserMessages(c).emailChange.signIn}
    </a>
  )
}

function renderPage(c: Context<AppEnv>, title: string, text: string, nextStep?: Child, status?: 409 | 410) {
  return c.html(
    <GuestPage t={browserMessages(c)} title={title} brand={c.var.deps.config.platformName}>
      <h1>{title}</h1>
      <p class="muted">{text}</p>
      {nextStep}
    </GuestPage>,
    status ?? 200,
  )
}
