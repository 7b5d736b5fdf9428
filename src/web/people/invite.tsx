import { idempotent } from "../../domain/idempotency.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { invitePerson } from "../../domain/invites/create.ts"
import { requireConfirmation } from "../../http/auth.ts"
import { emptyForm, type FormState, readForm, readFormRequest } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { keptFields } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import { invites } from "../../storage/schema.ts"
import { joinSentences } from "../../text/sentences.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { parseInviteForm } from "../invites/fields.tsx"
import {
  actorIn,
  BackLink,
  formErrors,
  invitePath,
  messagesOf,
  type PeopleSection,
  SectionPage,
} from "../invites/section.tsx"
import { inviteFlash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { PersonFields } from "./fields.tsx"

/** Invites a person to the actor's account. */
export function personInviteRoutes(section: PeopleSection) {
  return new Router()
    .serve(`${section.invites}.new`, (c) => {
      const actor = actorIn(c, section)
      const form = emptyForm({
        form_token: crypto.randomUUID(),
        role: actor.kind === "staff" ? "regular" : "member",
        locale: actor.kind === "staff" ? actor.reseller.locale : actor.locale,
        ...keptFields(c),
      })
      return c.html(<PersonInvitePage {...{ actor, section, form }} />)
    })
    .serve(`${section.invites}.create`, async (c) => {
      const { deps } = c.var
      const actor = actorIn(c, section)
      const values = await readForm(c)
      if (values.role === "admin") requireConfirmation(c)
      try {
        const formDeps = { ...deps, request: await readFormRequest(c, actor) }
        const created = await idempotent(formDeps, invites, () =>
          invitePerson(formDeps, actor, parseInviteForm(values)),
        )
        if (!created.ok)
          return c.html(
            <PersonInvitePage {...{ actor, section }} form={{ values, errors: formErrors(actor, created.errors) }} />,
            422,
          )
        const { row: invite } = created.value
        const { id, sendCount } = invite
        return redirect(
          c,
          sendCount > 0
            ? href(section.list, {}, inviteFlash("invite_sent", id))
            : invitePath(invite, "show", inviteFlash("invite_created", id)),
        )
      } catch (error) {
        const t = messagesOf(actor)
        const errorMessage = joinSentences(t, rateLimit(c, error, t).message, t.retry.nothingSent)
        return c.html(<PersonInvitePage {...{ actor, section, errorMessage }} form={{ values, errors: [] }} />, 429)
      }
    })
}

type PersonInvitePageProps = { actor: AccountActor; section: PeopleSection; form: FormState; errorMessage?: string }

function PersonInvitePage({ actor, section, form, errorMessage }: PersonInvitePageProps) {
  const t = messagesOf(actor)
  const { title, emailHelp, send, createWithoutEmail, withoutEmailHelp } = t.inviteForm
  return (
    <SectionPage
      {...{ actor, section }}
      title={actor.kind === "staff" ? staffWordsOf(t).people.invite : title}
      formId="invite"
      back={<BackLink {...{ section, t }} />}
    >
      <Form
        class="card card-body stack"
        id="invite"
        action={href(`${section.invites}.create`)}
        novalidate
        data-focus
        data-submit-once
      >
        {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
        <input type="hidden" name="form_token" value={form.values.form_token} />
        <PersonFields {...{ actor, form }} emailHelp={emailHelp} />
        <div class="buttons form-actions">
          <button class="button" type="submit">
            {send}
          </button>
          <button class="button secondary" type="submit" name="send_email" value="false">
            {createWithoutEmail}
          </button>
          <a href={href(section.list)}>{t.layout.cancel}</a>
        </div>
        <p class="help">{withoutEmailHelp}</p>
      </Form>
    </SectionPage>
  )
}
