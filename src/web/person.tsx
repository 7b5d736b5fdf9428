import type { Context } from "hono"
import { may, ROLE_NAMES } from "../domain/actor.ts"
import { Failure } from "../domain/failure.ts"
import { changeRole, findPerson, removePerson } from "../domain/people.ts"
import { type Host, inviterOf } from "../domain/person-invites.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { problemOf } from "../http/failures.ts"
import { emptyForm, type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { NoticeCard } from "./layout.tsx"
import { personPath } from "./people.tsx"
import { RoleChoice } from "./person-fields.tsx"
import { hostIn, type Place, PlacePage } from "./places.tsx"
import { When } from "./when.tsx"

/** One person of an account: their role, and the way out. */
export function personRoutes(place: Place) {
  const path = `${place.list}/people/:id` as const
  return factory
    .createApp()
    .get(path, (c) => personPage(c, place, c.req.param("id")))
    .post(`${path}/role`, async (c) => {
      const id = c.req.param("id")
      const values = await readForm(c)
      return unlessLastAdmin(c, place, id, async () => {
        const errors = await changeRole(c.var.deps, hostIn(c, place), id, values.role ?? "")
        if (errors.length > 0) return personPage(c, place, id, { form: { values, errors }, status: 422 })
        return redirect(c, `${place.list}?done=role`)
      })
    })
    .post(`${path}/removal`, async (c) => {
      const id = c.req.param("id")
      const host = hostIn(c, place)
      return unlessLastAdmin(c, place, id, async () => {
        await removePerson(c.var.deps, host, id)
        return redirect(c, id === host.id ? "/" : `${place.list}?done=removed`)
      })
    })
}

/** The last Admin is told so where they tried. */
async function unlessLastAdmin(c: Context<Vestibule>, place: Place, id: string, change: () => Promise<Response>) {
  try {
    return await change()
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "last_admin") throw error
    return personPage(c, place, id, { refusal: problemOf(error.reason).detail, status: 409 })
  }
}

type Asked = { form?: FormState; refusal?: string; status?: 409 | 422 }

async function personPage(c: Context<Vestibule>, place: Place, id: string, { form, refusal, status }: Asked = {}) {
  const host = hostIn(c, place)
  const person = await findPerson(c.var.deps, host, id)
  const page = { host, place, person, refusal, form: form ?? emptyForm({ role: person.role }) }
  return c.html(<PersonPage {...page} now={c.var.deps.now()} />, status ?? 200)
}

type Props = {
  host: Host
  place: Place
  person: Awaited<ReturnType<typeof findPerson>>
  form: FormState
  refusal: string | undefined
  now: Date
}

function PersonPage({ host, place, person, form, refusal, now }: Props) {
  const isSelf = person.id === host.id
  const path = personPath(place, person.id)
  const account = host.kind === "staff" ? host.reseller.name : host.customer.name
  const notice = refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>
  return (
    <PlacePage {...{ host, place, notice }} title={person.name}>
      <p>
        <a href={place.list}>← {place.name}</a>
      </p>
      <section class="card" aria-label="Person">
        <dl class="description-list">
          <dt>Address</dt>
          <dd>{person.email}</dd>
          <dt>Role</dt>
          <dd>{ROLE_NAMES[person.role]}</dd>
          <dt>Joined</dt>
          <dd>
            <When at={person.joinedAt} now={now} />
          </dd>
        </dl>
      </section>
      {person.isLastAdmin && (
        <p class="card card-body">
          Nobody else is an Admin of {account}, so {isSelf ? "you" : "they"} can neither step down nor leave. Make
          somebody else an Admin first.
        </p>
      )}
      {!person.isLastAdmin && may(host, inviterOf(host).write) && (
        <form class="card card-body stack" method="post" action={`${path}/role`} data-submit-once>
          <RoleChoice {...{ host, form }} />
          <div class="buttons">
            <button class="button" type="submit">
              Save role
            </button>
          </div>
        </form>
      )}
      {!person.isLastAdmin && (
        <form class="card card-body stack" method="post" action={`${path}/removal`} data-submit-once>
          <h2>{isSelf ? `Leave ${account}` : `Remove from ${account}`}</h2>
          <p class="muted">
            {isSelf
              ? "You lose access at once. An Admin can invite you again."
              : `${person.name} loses access at once. You can invite them again.`}{" "}
            {host.kind === "staff" && "API keys that they made go on working until they are revoked."}
          </p>
          <div class="buttons">
            <button class="button danger" type="submit">
              {isSelf ? "Leave" : "Remove"}
            </button>
          </div>
        </form>
      )}
    </PlacePage>
  )
}
