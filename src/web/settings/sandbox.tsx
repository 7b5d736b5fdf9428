import { switchAccount } from "../../domain/access/switch-account.ts"
import { createSandbox, findSandbox } from "../../domain/sandbox/create.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { flash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { SettingsPage } from "./tabs.tsx"

export const sandboxRoutes = new Router()

sandboxRoutes.serve("settings.sandbox.show", async (c) => {
  const { staff, deps } = c.var
  const sandbox = await findSandbox(deps, staff)
  return c.html(
    <SettingsPage staff={staff} tab="sandbox">
      <SandboxCard sandbox={sandbox} t={staffMessagesFor(staff.locale)} />
    </SettingsPage>,
  )
})

sandboxRoutes.serve("settings.sandbox.create", async (c) => {
  const { deps, staff, sessionUser } = c.var
  const resellerId = await createSandbox(deps, staff)
  await switchAccount(deps, { id: sessionUser.sessionId, userId: staff.id }, { resellerId })
  return redirect(c, href("dashboard.show", {}, flash("sandbox_created")))
})

/** Creates the sandbox or, if there is one, switches to it. */
function SandboxCard({ sandbox, t }: { sandbox: { id: string } | undefined; t: StaffMessages }) {
  const { intro, points, create, exists, open } = t.staff.sandbox
  return (
    <Form
      class="card card-body stack"
      action={href(sandbox ? "account.switch" : "settings.sandbox.create")}
      data-submit-once
    >
      <p>{intro}</p>
      <ul class="bullets">
        {points.map((point) => (
          <li>{point}</li>
        ))}
      </ul>
      {sandbox && <p>{exists}</p>}
      <div class="buttons">
        {sandbox ? (
          <button class="button" type="submit" name="reseller_id" value={sandbox.id}>
            {open}
          </button>
        ) : (
          <button class="button" type="submit">
            {create}
          </button>
        )}
      </div>
    </Form>
  )
}
