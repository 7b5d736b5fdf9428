import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { guessOperatorToken } from "../../domain/access/guess-operator-token.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { endOperatorSessions, isOperatorToken, startOperatorSession } from "../../http/operator-session.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import { en } from "../../text/en.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { Flash, GuestPage } from "../ui/layout.tsx"

export const operatorSignInRoutes = new Router()

operatorSignInRoutes.serve("operator.signIn", async (c) => {
  const { password = "" } = await readForm(c)
  try {
    if (await guessOperatorToken(c.var.deps, () => isOperatorToken(c.env, password))) {
      startOperatorSession(c)
      logSecurityEvent(c, { event: "operator_signed_in" })
      return redirect(c, href("operator.show"))
    }
  } catch (error) {
    const { message, status } = rateLimit(c, error)
    return renderOperatorSignIn(c, { message, status })
  }
  logSecurityEvent(c, { event: "credentials_refused", reason: "operator_token" })
  const errors = [
    { field: "password", code: "invalid" as const, detail: "This isn't the operator token. Copy all of it." },
  ]
  return renderOperatorSignIn(c, { form: { values: {}, errors }, status: 422 })
})

operatorSignInRoutes.serve("operator.signOut", async (c) => {
  await endOperatorSessions(c)
  logSecurityEvent(c, { event: "operator_signed_out" })
  return redirect(c, href("operator.show"))
})

type Options = { form?: FormState; message?: Child; status?: 200 | 422 | 429 | 503 }

/** The form for the operator token. It is in English, as all that the operator sees. */
export function renderOperatorSignIn(c: Context<AppEnv>, { form = emptyForm(), message, status = 200 }: Options = {}) {
  return c.html(
    <GuestPage t={en} title="Operator" brand={c.var.deps.config.platformName} languageSwitch={null}>
      <h1>Operator</h1>
      <p class="muted">See how this deployment is doing. You stay signed in for an hour.</p>
      {message && <Flash tone="danger">{message}</Flash>}
      <Form class="stack" action={href("operator.signIn")}>
        <Field
          form={form}
          name="password"
          label="Operator token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          data={{ "data-required": "Enter the operator token." }}
        />
        <div class="buttons">
          <button class="button full-width" type="submit">
            Open
          </button>
        </div>
      </Form>
    </GuestPage>,
    status,
  )
}
