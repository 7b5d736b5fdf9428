import { isAPIError } from "better-auth/api"
import type { Context } from "hono"
import { homeOf, signedIn } from "../http/actors.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { problemOf } from "../http/failures.ts"
import { emptyForm, type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { RESELLER_SUSPENDED } from "../http/identity.ts"
import { Field } from "./fields.tsx"
import { NarrowPage } from "./layout.tsx"

export const signInRoutes = factory.createApp()

signInRoutes.get("/sign-in", async (c) => {
  const person = await signedIn(c)
  if (person) return redirect(c, homeOf(person))
  return c.html(<SignInPage form={emptyForm()} next={c.req.query("next")} />)
})

signInRoutes.post("/sign-in", async (c) => {
  const { email = "", password = "", next } = await readForm(c)
  const refusal = await openSession(c, email.trim().toLowerCase(), password)
  if (!refusal) return redirect(c, localPath(next) ?? "/")
  const form = { values: { email }, errors: [{ field: "password", ...refusal }] }
  return c.html(<SignInPage form={form} next={next} />, refusal.code === "reseller_suspended" ? 403 : 422)
})

signInRoutes.post("/sign-out", async (c) => {
  const { headers } = await c.var.identity.api.signOut({ headers: c.req.raw.headers, returnHeaders: true })
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
  const { next } = await readForm(c)
  c.header("Referrer-Policy", "no-referrer") // it may lead back to a link
  c.header("Cache-Control", "no-store")
  return redirect(c, localPath(next) ?? "/sign-in")
})

type Refusal = { code: string; detail: string }

const WRONG: Refusal = {
  code: "wrong_credentials",
  detail: "This address and password do not belong together. Check both.",
}

/** Begins a session; returns why there is none, if so. */
async function openSession(c: Context<Vestibule>, email: string, password: string): Promise<Refusal | undefined> {
  try {
    const { headers } = await c.var.identity.api.signInEmail({
      body: { email, password },
      headers: c.req.raw.headers,
      returnHeaders: true,
    })
    for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
    return undefined
  } catch (error) {
    if (!isAPIError(error) || error.statusCode >= 500) throw error
    if (error.body?.code !== RESELLER_SUSPENDED) return WRONG
    const { code, detail } = problemOf({ kind: "reseller_suspended", name: error.body.message ?? "your company" })
    return { code, detail }
  }
}

/** A path of ours to go on to after signing in; never another site's. */
function localPath(next: string | undefined): string | undefined {
  return next && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) ? next : undefined
}

function SignInPage({ form, next }: { form: FormState; next: string | undefined }) {
  return (
    <NarrowPage title="Sign in" brand="Vestibule" foot="Your company sets up who may sign in.">
      <h1>Sign in</h1>
      <form class="stack" method="post" action="/sign-in">
        {next && <input type="hidden" name="next" value={next} />}
        <Field form={form} name="email" label="Email" type="email" autocomplete="username" required />
        <Field form={form} name="password" label="Password" type="password" autocomplete="current-password" required />
        <button class="button full-width" type="submit">
          Sign in
        </button>
      </form>
    </NarrowPage>
  )
}
