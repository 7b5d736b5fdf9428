import type { Child } from "hono/jsx"
import { roleName } from "../../domain/access/permissions.ts"
import type { Person } from "../../domain/people-lists.ts"
import type { Messages } from "../../text/en.ts"
import { addressText } from "../ui/address.tsx"
import { RelativeTime } from "../ui/time.tsx"

/** The members of a customer, as staff see them. */
export function Members({ members, now, t }: { members: ListedPerson[]; now: Date; t: Messages }) {
  return (
    <section class="card" aria-labelledby="members">
      <div class="card-header">
        <h2 id="members">{t.people.members}</h2>
      </div>
      <ul class="list people">
        {members.map((person) => (
          <li>
            <PersonRow {...{ person, now, t }} />
          </li>
        ))}
      </ul>
    </section>
  )
}

type ListedPerson = Omit<Person, "isInherited">
type PersonRowProps = { person: ListedPerson; now: Date; t: Messages; isSelf?: boolean }

/** The cells of a person's row: name, email address, role and when they joined. */
export function PersonRow({ person, now, t, isSelf }: PersonRowProps) {
  return (
    <>
      <div>
        <span class="emphasis">
          {person.name}
          {isSelf && ` ${t.people.you}`}
        </span>
        <span class="muted">{addressText(person.email)}</span>
      </div>
      <div>
        <span>{roleName(t, person.role)}</span>
        <span class="muted">{t.people.joined<Child>(<RelativeTime at={person.joinedAt} {...{ now, t }} />)}</span>
      </div>
    </>
  )
}
