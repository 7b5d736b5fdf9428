import { authorize } from "../../domain/access/permissions.ts"
import { Failure } from "../../domain/failure.ts"
import { idempotent } from "../../domain/idempotency.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/audience.ts"
import { invitePerson } from "../../domain/invites/create.ts"
import { factory } from "../../http/context.ts"
import { emptyForm, type FormState, readForm, readFormRequest } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { setRetryAfter, toProblem } from "../../http/problems.ts"
import { invites } from "../../storage/schema.ts"
import { parseInviteForm } from "../invites/fields.tsx"
import { actorIn, invitePath, type Section, SectionPage } from "../invites/section.tsx"
import { Flash } from "../ui/layout.tsx"
import { PersonFields } from "./fields.tsx"

/** Invites a person to the actor's account. */
export function personInviteRoutes(section: Section) {
  return factory
    .createApp()
    .get(`${section.path}/new`, (c) => {
      const actor = actorIn(c, section)
      authorize(actor, inviteContextFor(actor).write)
      const form = emptyForm({
        form_token: crypto.randomUUID(),
        role: actor.kind === "staff" ? "regular" : "member",
        locale: actor.reseller.locale,
      })
      return c.html(<PersonInvitePage {...{ actor, section, form }} />)
    })
    .post(`${section.path}/new`, async (c) => {
      const { deps } = c.var
      const actor = actorIn(c, section)
      const values = await readForm(c)
      try {
        const formDeps = { ...deps, request: await readFormRequest(c, actor) }
        const created = await idempotent(formDeps, invites, () =>
          invitePerson(formDeps, actor, parseInviteForm(values)),
        )
        if (!created.ok)
          return c.html(<PersonInvitePage {...{ actor, section }} form={{ values, errors: created.errors }} />, 422)
        const { row: invite } = created.value
        return redirect(c, invite.sendCount > 0 ? `${section.list}?sent=${invite.id}` : `${invitePath(invite)}?made`)
      } catch (error) {
        if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
        const wait = setRetryAfter(c, error.reason.resetAt)
        const errorMessage = `${toProblem(error.reason).detail} Try again in ${wait}. Nothing was sent.`
        return c.html(<PersonInvitePage {...{ actor, section, errorMessage }} form={{ values, errors: [] }} />, 429)
      }
    })
}

type PersonInvitePageProps = { actor: AccountActor; section: Section; form: FormState; errorMessage?: string }

function PersonInvitePage({ actor, section, form, errorMessage }: PersonInvitePageProps) {
  return (
    <SectionPage {...{ actor, section }} title={actor.kind === "staff" ? "Invite staff" : "Invite colleague"}>
      <p>
        <a href={section.list}>← {section.name}</a>
      </p>
      <form class="card card-body stack" method="post" novalidate data-submit-once>
        {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
        <input type="hidden" name="form_token" value={form.values.form_token} />
        <PersonFields {...{ actor, form }} emailHelp="The invite is sent here." />
        <div class="buttons">
          <button class="button" type="submit">
            Send invite
          </button>
          <button class="button secondary" type="submit" name="send_email" value="false">
            Create without e-mail
          </button>
          <a href={section.list}>Cancel</a>
        </div>
        <p class="help">Without e-mail you copy the registration link and hand it over yourself.</p>
      </form>
    </SectionPage>
  )
}
