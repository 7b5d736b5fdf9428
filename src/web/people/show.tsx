import type { Context } from "hono"
import { can, ROLE_NAMES } from "../../domain/access/permissions.ts"
import { Failure } from "../../domain/failure.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/audience.ts"
import { changeRole, getPerson, removePerson } from "../../domain/people.ts"
import { type AppEnv, factory } from "../../http/context.ts"
import { emptyForm, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { toProblem } from "../../http/problems.ts"
import { actorIn, type Section, SectionPage } from "../invites/section.tsx"
import { Flash } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { RoleRadios } from "./fields.tsx"
import { personPath } from "./list.tsx"

/** The page of one person, with forms to change their role and to remove them. */
export function personRoutes(section: Section) {
  const path = `${section.list}/people/:id` as const
  return factory
    .createApp()
    .get(path, (c) => renderPersonPage(c, section, c.req.param("id")))
    .post(`${path}/role`, async (c) => {
      const id = c.req.param("id")
      const values = await readForm(c)
      return handleLastAdmin(c, section, id, async () => {
        const errors = await changeRole(c.var.deps, actorIn(c, section), id, values.role ?? "")
        if (errors.length > 0) return renderPersonPage(c, section, id, { form: { values, errors }, status: 422 })
        return redirect(c, `${section.list}?done=role`)
      })
    })
    .post(`${path}/removal`, async (c) => {
      const id = c.req.param("id")
      const actor = actorIn(c, section)
      return handleLastAdmin(c, section, id, async () => {
        await removePerson(c.var.deps, actor, id)
        return redirect(c, id === actor.id ? "/" : `${section.list}?done=removed`)
      })
    })
}

/** Shows the refusal to demote or remove the last Admin on the person's page. */
async function handleLastAdmin(c: Context<AppEnv>, section: Section, id: string, action: () => Promise<Response>) {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "last_admin") throw error
    return renderPersonPage(c, section, id, { errorMessage: toProblem(error.reason).detail, status: 409 })
  }
}

type PersonPageOptions = { form?: FormState; errorMessage?: string; status?: 409 | 422 }

async function renderPersonPage(
  c: Context<AppEnv>,
  section: Section,
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
  section: Section
  person: Awaited<ReturnType<typeof getPerson>>
  form: FormState
  errorMessage: string | undefined
  now: Date
}

function PersonPage({ actor, section, person, form, errorMessage, now }: PersonPageProps) {
  const isSelf = person.id === actor.id
  const path = personPath(section, person.id)
  const accountName = actor.kind === "staff" ? actor.reseller.name : actor.customer.name
  const flash = errorMessage && <Flash tone="danger">{errorMessage}</Flash>
  return (
    <SectionPage {...{ actor, section, flash }} title={person.name}>
      <p>
        <a href={section.list}>← {section.name}</a>
      </p>
      <section class="card" aria-label="Person">
        <dl class="description-list">
          <dt>Address</dt>
          <dd>{person.email}</dd>
          <dt>Role</dt>
          <dd>{ROLE_NAMES[person.role]}</dd>
          <dt>Joined</dt>
          <dd>
            <RelativeTime at={person.joinedAt} now={now} />
          </dd>
        </dl>
      </section>
      {person.isLastAdmin && (
        <p class="card card-body">
          Nobody else is an Admin of {accountName}, so {isSelf ? "you" : "they"} can neither step down nor leave. Make
          somebody else an Admin first.
        </p>
      )}
      {!person.isLastAdmin && can(actor, inviteContextFor(actor).write) && (
        <form class="card card-body stack" method="post" action={`${path}/role`} data-submit-once>
          <RoleRadios {...{ actor, form }} />
          <div class="buttons">
            <button class="button" type="submit">
              Save role
            </button>
          </div>
        </form>
      )}
      {!person.isLastAdmin && (
        <form class="card card-body stack" method="post" action={`${path}/removal`} data-submit-once>
          <h2>{isSelf ? `Leave ${accountName}` : `Remove from ${accountName}`}</h2>
          <p class="muted">
            {isSelf
              ? "You lose access at once. An Admin can invite you again."
              : `${person.name} loses access at once. You can invite them again.`}{" "}
            {actor.kind === "staff" && "API keys that they made go on working until they are revoked."}
          </p>
          <div class="buttons">
            <button class="button danger" type="submit">
              {isSelf ? "Leave" : "Remove"}
            </button>
          </div>
        </form>
      )}
    </SectionPage>
  )
}
