import { can } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/audience.ts"
import type { People, Person } from "../../domain/people-lists.ts"
import { href } from "../../routes.ts"
import type { Cursor } from "../../storage/paging.ts"
import type { Messages } from "../../text/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { InviteListItem, replacingRows } from "../invites/row.tsx"
import { messagesOf, type PeopleSection, SECTIONS } from "../invites/section.tsx"
import { neighborPaths, Pager } from "../ui/pager.tsx"
import { PersonRow } from "./rows.tsx"

type Query = Record<string, string>

/** Where the pages of both lists begin: people joined `after` or `until`, invites were sent `before` or `since`. */
export const peopleCursors = ({ after, until, before, since }: Query) => ({
  people: { after, before: until },
  invites: { before, after: since },
})

type PeopleListsProps = { actor: AccountActor; people: People; query: Query; deps: Deps }

/** The people of the actor's account, and the invites that are still open. */
export function PeopleLists({ actor, people: { people, invites }, query, deps }: PeopleListsProps) {
  const section = SECTIONS[actor.kind]
  const now = deps.now()
  const t = messagesOf(actor)
  const { after, until, before, since } = query
  const peoplePath = (place: object) => href(section.list, {}, { ...place, before, since })
  const invitesPath = ({ before, after: since }: Cursor) => href(section.list, {}, { before, since, after, until })
  return (
    <>
      <section class="card" aria-labelledby="people">
        <div class="card-header">
          <h2 id="people">{actor.kind === "staff" ? staffWordsOf(t).people.staff : t.people.members}</h2>
        </div>
        <ul class="list people">
          {people.rows.map((person) => (
            <PersonListItem {...{ actor, section, person, now, t }} />
          ))}
        </ul>
        {(people.next || people.prev) && (
          <Pager
            t={t}
            next={people.next && peoplePath({ after: people.next })}
            prev={people.prev && peoplePath({ until: people.prev })}
            order={t.people.joinOrder}
            label={t.layout.next}
            prevLabel={t.layout.previous}
          />
        )}
      </section>
      {invites.rows.length > 0 && (
        <section class="card" aria-labelledby="invited">
          <div class="card-header">
            <h2 id="invited">{t.people.invited}</h2>
          </div>
          <ul class="list people" {...replacingRows("li")}>
            {invites.rows.map((invite) => (
              <InviteListItem {...{ invite, actor, deps }} />
            ))}
          </ul>
          {(invites.next || invites.prev) && <Pager t={t} {...neighborPaths(invites, invitesPath)} />}
        </section>
      )}
    </>
  )
}

type PersonListItemProps = { actor: AccountActor; section: PeopleSection; person: Person; now: Date; t: Messages }

function PersonListItem({ actor, section, person, now, t }: PersonListItemProps) {
  const isSelf = person.id === actor.id
  return (
    <li>
      <PersonRow {...{ person, now, isSelf, t }} />
      {(isSelf || can(actor, inviteContextFor(actor).write)) && (
        <div class="actions buttons">
          <a href={href(`${section.people}.show`, { id: person.id })}>
            {can(actor, inviteContextFor(actor).write) ? t.people.change : t.people.leave}
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
  const t = messagesOf(actor)
  return (
    <a class="button" href={href(`${SECTIONS[actor.kind].invites}.new`)}>
      {actor.kind === "staff" ? staffWordsOf(t).people.invite : t.people.invite}
    </a>
  )
}
