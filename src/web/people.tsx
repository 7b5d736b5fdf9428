import { may } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import type { People, Person } from "../domain/people.ts"
import { type Host, inviterOf } from "../domain/person-invites.ts"
import { INVITE_DEEDS } from "./invite-deeds.tsx"
import { RowOf } from "./invited-row.tsx"
import { PersonCells } from "./members.tsx"
import { type Place, placeOf } from "./places.tsx"
import { toldOf } from "./told.ts"

/** The address of a person of the host's account. */
export const personPath = (place: Place, id: string) => `${place.list}/people/${id}`

type Props = { host: Host; people: People; asked: { after?: string | undefined }; deps: Deps }

/** Who has joined the host's account, and who was invited and has not. */
export function PeopleCards({ host, people: { people, invites }, asked, deps }: Props) {
  const place = placeOf(host.kind)
  const now = deps.now()
  return (
    <>
      <section class="card" aria-labelledby="people">
        <div class="card-header">
          <h2 id="people">{host.kind === "staff" ? "Staff" : "Members"}</h2>
        </div>
        <ul class="list people">
          {people.rows.map((person) => (
            <PersonLine {...{ host, place, person, now }} />
          ))}
        </ul>
        {(people.next || asked.after) && (
          <div class="pager">
            <span class="muted">In the order that they joined</span>
            {people.next && <a href={`${place.list}?after=${people.next}`}>Next →</a>}
          </div>
        )}
      </section>
      {invites.rows.length > 0 && (
        <section class="card" aria-labelledby="invited">
          <div class="card-header">
            <h2 id="invited">Invited, not joined yet</h2>
          </div>
          <ul class="list people">
            {invites.rows.map((invite) => (
              <RowOf {...{ invite, host, deps }} />
            ))}
          </ul>
          {invites.next && (
            <div class="pager">
              <span class="muted">Newest first</span>
              <a href={`${place.list}?before=${invites.next}`}>Older →</a>
            </div>
          )}
        </section>
      )}
    </>
  )
}

function PersonLine({ host, place, person, now }: { host: Host; place: Place; person: Person; now: Date }) {
  const isSelf = person.id === host.id
  return (
    <li>
      <PersonCells {...{ person, now, isSelf }} />
      {(isSelf || may(host, inviterOf(host).write)) && (
        <div class="actions buttons">
          <a href={personPath(place, person.id)}>
            {may(host, inviterOf(host).write) ? "Change" : "Leave"}
            <span class="visually-hidden"> {person.name}</span>
          </a>
        </div>
      )}
    </li>
  )
}

/** Begins an invite into the host's account, for those who may. */
export function InvitePerson({ host }: { host: Host }) {
  if (!may(host, inviterOf(host).write)) return null
  return (
    <a class="button" href={`${placeOf(host.kind).path}/new`}>
      {host.kind === "staff" ? "Invite staff" : "Invite colleague"}
    </a>
  )
}

const NOTICES = {
  ...INVITE_DEEDS,
  role: "Saved. The new role holds from now on.",
  removed: "Removed. They no longer have access.",
}

/** What a list of people says after something was done. */
export function peopleNotice(query: Record<string, string>, { invites }: People): string | undefined {
  const sent = invites.rows.find(({ id }) => id === query.sent)
  return sent ? `The invite to ${sent.contactName} is on its way.` : toldOf(NOTICES, query.done)
}
