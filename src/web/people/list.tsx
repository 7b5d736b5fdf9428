import { can } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/audience.ts"
import type { People, Person } from "../../domain/people.ts"
import { INVITE_FLASHES } from "../invites/actions.tsx"
import { InviteListItem } from "../invites/row.tsx"
import { type Section, sectionFor } from "../invites/section.tsx"
import { flashMessage } from "../ui/flash.tsx"
import { PersonRow } from "./rows.tsx"

/** The path of a person's page. */
export const personPath = (section: Section, id: string) => `${section.list}/people/${id}`

type PeopleListsProps = { actor: AccountActor; people: People; query: { after?: string | undefined }; deps: Deps }

/** The people of the actor's account, and the invites that are still open. */
export function PeopleLists({ actor, people: { people, invites }, query, deps }: PeopleListsProps) {
  const section = sectionFor(actor.kind)
  const now = deps.now()
  return (
    <>
      <section class="card" aria-labelledby="people">
        <div class="card-header">
          <h2 id="people">{actor.kind === "staff" ? "Staff" : "Members"}</h2>
        </div>
        <ul class="list people">
          {people.rows.map((person) => (
            <PersonListItem {...{ actor, section, person, now }} />
          ))}
        </ul>
        {(people.next || query.after) && (
          <div class="pager">
            <span class="muted">In the order that they joined</span>
            {people.next && <a href={`${section.list}?after=${people.next}`}>Next →</a>}
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
              <InviteListItem {...{ invite, actor, deps }} />
            ))}
          </ul>
          {invites.next && (
            <div class="pager">
              <span class="muted">Newest first</span>
              <a href={`${section.list}?before=${invites.next}`}>Older →</a>
            </div>
          )}
        </section>
      )}
    </>
  )
}

function PersonListItem({
  actor,
  section,
  person,
  now,
}: {
  actor: AccountActor
  section: Section
  person: Person
  now: Date
}) {
  const isSelf = person.id === actor.id
  return (
    <li>
      <PersonRow {...{ person, now, isSelf }} />
      {(isSelf || can(actor, inviteContextFor(actor).write)) && (
        <div class="actions buttons">
          <a href={personPath(section, person.id)}>
            {can(actor, inviteContextFor(actor).write) ? "Change" : "Leave"}
            <span class="visually-hidden"> {person.name}</span>
          </a>
        </div>
      )}
    </li>
  )
}

/** A link to the invite form, for those who can invite to the actor's account. */
export function InvitePersonButton({ actor }: { actor: AccountActor }) {
  if (!can(actor, inviteContextFor(actor).write)) return null
  return (
    <a class="button" href={`${sectionFor(actor.kind).path}/new`}>
      {actor.kind === "staff" ? "Invite staff" : "Invite colleague"}
    </a>
  )
}

const PEOPLE_FLASHES = {
  ...INVITE_FLASHES,
  role: "Saved. The new role holds from now on.",
  removed: "Removed. They no longer have access.",
}

/** The flash message of a list of people. */
export function peopleFlash(query: Record<string, string>, { invites }: People): string | undefined {
  const sentInvite = invites.rows.find(({ id }) => id === query.sent)
  return sentInvite
    ? `The invite to ${sentInvite.contactName} is on its way.`
    : flashMessage(PEOPLE_FLASHES, query.done)
}
