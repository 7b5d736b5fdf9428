import type { Context } from "hono"
import { can, roleName } from "../../domain/access/permissions.ts"
import { resetFactors } from "../../domain/factors/reset.ts"
import { Failure } from "../../domain/failure.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/audience.ts"
import { changeRole, endPersonSessions, getPerson, removePerson } from "../../domain/people.ts"
import { deletePerson } from "../../domain/privacy/delete-person.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { toProblem } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { actorIn, BackLink, formErrors, messagesOf, type PeopleSection, SectionPage } from "../invites/section.tsx"
import { ExportForm } from "../settings/privacy.tsx"
import { addressText } from "../ui/address.tsx"
import { type FlashKey, flash } from "../ui/flash.tsx"
import { ActionForm, Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { RoleRadios } from "./fields.tsx"

/** The page of one person, with forms to change their role and to remove them. */
export function personRoutes(section: PeopleSection) {
  return new Router()
    .serve(`${section.people}.show`, (c) => renderPersonPage(c, section, c.req.param("id")))
    .serve(`${section.people}.changeRole`, async (c) => {
      const id = c.req.param("id")
      const values = await readForm(c)
      const actor = actorIn(c, section)
      return handleLastAdmin(c, section, id, async () => {
        const changed = await changeRole(c.var.deps, actor, id, values.role ?? "")
        if (!changed.ok) {
          const form = { values, errors: formErrors(actor, changed.errors) }
          return renderPersonPage(c, section, id, { form, status: 422 })
        }
        return redirect(c, href(section.list, {}, flash("role_changed")))
      })
    })
    .serve(`${section.people}.endSessions`, async (c) => {
      const id = c.req.param("id")
      await endPersonSessions(c.var.deps, actorIn(c, section), id)
      logSecurityEvent(c, { event: "sessions_ended", userId: id, reason: "admin" })
      return redirect(c, href(section.list, {}, flash("person_signed_out")))
    })
    .serve(`${section.people}.resetFactors`, async (c) => {
      const id = c.req.param("id")
      await resetFactors(c.var.deps, actorIn(c, section), id)
      logSecurityEvent(c, { event: "factors_reset", userId: id, by: "admin" })
      return redirect(c, href(section.list, {}, flash("factors_reset")))
    })
    .serve(`${section.people}.remove`, async (c) => {
      const id = c.req.param("id")
      const actor = actorIn(c, section)
      return handleLastAdmin(c, section, id, async () => {
        await removePerson(c.var.deps, actor, id)
        return redirectAfterRemoval(c, section, id, "removed")
      })
    })
    .serve(`${section.people}.purge`, async (c) => {
      const id = c.req.param("id")
      return handleLastAdmin(c, section, id, async () => {
        const isPurged = await deletePerson(c.var.deps, actorIn(c, section), id)
        return redirectAfterRemoval(c, section, id, isPurged ? "purged" : "removed")
      })
    })
}

function redirectAfterRemoval(c: Context<AppEnv>, section: PeopleSection, id: string, key: FlashKey) {
  return redirect(c, id === actorIn(c, section).id ? href("dashboard.show") : href(section.list, {}, flash(key)))
}

/** If the action fails because the person is the last Admin, shows that on their page. */
async function handleLastAdmin(
  c: Context<AppEnv>,
  section: PeopleSection,
  id: string,
  action: () => Promise<Response>,
) {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "last_admin") throw error
    return renderPersonPage(c, section, id, {
      errorMessage: toProblem(error.reason, messagesOf(actorIn(c, section))).detail,
      status: 409,
    })
  }
}

type PersonPageOptions = { form?: FormState; errorMessage?: string; status?: 409 | 422 }

async function renderPersonPage(
  c: Context<AppEnv>,
  section: PeopleSection,
  id: string,
  { form, errorMessage, status }: PersonPageOptions = {},
) {
  const actor = actorIn(c, section)
  const person = await getPerson(c.var.deps, actor, id)
  const page = { actor, section, person, errorMessage, form: form ?? emptyForm({ role: person.role }) }
  return c.html(<PersonPage {...page} now={c.var.deps.now()} />, status ?? 200)
}

type PersonPageProps = {
  actor: AccountActor
  section: PeopleSection
  person: Awaited<ReturnType<typeof getPerson>>
  form: FormState
  errorMessage: string | undefined
  now: Date
}

function PersonPage({ actor, section, person, form, errorMessage, now }: PersonPageProps) {
  const t = messagesOf(actor)
  const isSelf = person.id === actor.id
  const canChange = !person.isInherited
  const { id } = person
  const accountName = actor.kind === "staff" ? actor.reseller.name : actor.customer.name
  const flash = errorMessage && <Flash tone="danger">{errorMessage}</Flash>
  const { keysOf } = staffWordsOf(t).people
  const apiKeysText = actor.kind === "staff" ? ` ${isSelf ? keysOf.self : keysOf.other}` : ""
  return (
    <SectionPage {...{ actor, section, flash }} title={person.name} back={<BackLink {...{ section, t }} />}>
      <section class="card" aria-label={t.person.region}>
        <dl class="description-list">
          <dt>{t.person.email}</dt>
          <dd>{addressText(person.email)}</dd>
          <dt>{t.person.role}</dt>
          <dd>{roleName(t, person.role)}</dd>
          <dt>{t.person.joined}</dt>
          <dd>
            <RelativeTime at={person.joinedAt} {...{ now, t }} />
          </dd>
        </dl>
      </section>
      {person.isInherited && actor.kind === "staff" && (
        <p class="card card-body">{staffWordsOf(t).sandbox.inherited(accountName)}</p>
      )}
      {person.isLastAdmin && !person.isInherited && (
        <p class="card card-body">
          {isSelf ? t.person.youAreLastAdmin(accountName) : t.person.isLastAdmin(person.name, accountName)}
        </p>
      )}
      {canChange && !person.isLastAdmin && can(actor, inviteContextFor(actor).write) && (
        <Form class="card card-body stack" action={href(`${section.people}.changeRole`, { id })} data-submit-once>
          <RoleRadios {...{ actor, form }} />
          <div class="buttons">
            <button class="button" type="submit">
              {t.person.saveRole}
            </button>
          </div>
        </Form>
      )}
      {canChange && !isSelf && can(actor, inviteContextFor(actor).write) && <SignInForms {...{ section, person, t }} />}
      {canChange && !person.isLastAdmin && (
        <>
          <ActionForm
            action={href(`${section.people}.remove`, { id })}
            title={isSelf ? t.person.leaveTitle(accountName) : t.person.removeTitle(accountName)}
            text={`${isSelf ? t.person.leaveText : t.person.removeText(person.name)}${apiKeysText}`}
            submit={isSelf ? t.person.leave : t.person.remove}
            isDangerous
          />
          <ActionForm
            action={href(`${section.people}.purge`, { id })}
            title={t.privacy.personTitle}
            text={t.privacy.personText}
            submit={t.privacy.purge}
            isDangerous
          />
        </>
      )}
      {canChange && <ExportForm {...{ actor, email: person.email }} />}
    </SectionPage>
  )
}

type SignInFormsProps = Pick<PersonPageProps, "section" | "person"> & { t: Messages }

/** Ends the sessions of a colleague, and deletes the factors of one who lost their device. */
function SignInForms({ section, person, t }: SignInFormsProps) {
  const { id, name, hasSecondFactor } = person
  const { personSessions, factors } = t
  return (
    <>
      <ActionForm
        action={href(`${section.people}.endSessions`, { id })}
        title={personSessions.title}
        text={personSessions.text(name)}
        submit={personSessions.submit}
      />
      {hasSecondFactor && (
        <ActionForm
          action={href(`${section.people}.resetFactors`, { id })}
          title={factors.reset.title}
          text={factors.reset.text(name)}
          submit={factors.reset.submit}
        />
      )}
    </>
  )
}
