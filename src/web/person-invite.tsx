import { demand } from "../domain/actor.ts"
import { Failure } from "../domain/failure.ts"
import { type Host, invitePerson, inviterOf } from "../domain/person-invites.ts"
import { factory } from "../http/context.ts"
import { askForPatience, problemOf } from "../http/failures.ts"
import { emptyForm, type FormState, readForm, submissionOf } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { inviteInputOf } from "./invite-fields.tsx"
import { NoticeCard } from "./layout.tsx"
import { PersonFields } from "./person-fields.tsx"
import { hostIn, invitePath, type Place, PlacePage } from "./places.tsx"

/** Invites a person into the account that the host is in. */
export function personInviteRoutes(place: Place) {
  return factory
    .createApp()
    .get(`${place.path}/new`, (c) => {
      const host = hostIn(c, place)
      demand(host, inviterOf(host).write)
      const form = emptyForm({
        submission: crypto.randomUUID(),
        role: host.kind === "staff" ? "regular" : "member",
        locale: host.reseller.locale,
      })
      return c.html(<PersonInvitePage {...{ host, place, form }} />)
    })
    .post(`${place.path}/new`, async (c) => {
      const { deps } = c.var
      const host = hostIn(c, place)
      const values = await readForm(c)
      try {
        const made = await invitePerson(deps, host, inviteInputOf(values), submissionOf(values))
        if (!made.ok)
          return c.html(<PersonInvitePage {...{ host, place }} form={{ values, errors: made.errors }} />, 422)
        const { id, sendCount } = made.value
        return redirect(c, sendCount > 0 ? `${place.list}?sent=${id}` : `${invitePath(made.value)}?made`)
      } catch (error) {
        if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
        const wait = askForPatience(c, error.reason.resetAt)
        const refusal = `${problemOf(error.reason).detail} Try again in ${wait}. Nothing was sent.`
        return c.html(<PersonInvitePage {...{ host, place, refusal }} form={{ values, errors: [] }} />, 429)
      }
    })
}

type Props = { host: Host; place: Place; form: FormState; refusal?: string }

function PersonInvitePage({ host, place, form, refusal }: Props) {
  return (
    <PlacePage {...{ host, place }} title={host.kind === "staff" ? "Invite staff" : "Invite colleague"}>
      <p>
        <a href={place.list}>← {place.name}</a>
      </p>
      <form class="card card-body stack" method="post" novalidate data-submit-once>
        {refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>}
        <input type="hidden" name="submission" value={form.values.submission} />
        <PersonFields {...{ host, form }} emailHelp="The invite is sent here." />
        <div class="buttons">
          <button class="button" type="submit">
            Send invite
          </button>
          <button class="button secondary" type="submit" name="send_email" value="false">
            Create without e-mail
          </button>
          <a href={place.list}>Cancel</a>
        </div>
        <p class="help">Without e-mail you copy the registration link and hand it over yourself.</p>
      </form>
    </PlacePage>
  )
}
