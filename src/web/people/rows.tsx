import { ROLE_NAMES } from "../../domain/access/permissions.ts"
import type { Person } from "../../domain/people.ts"
import { RelativeTime } from "../ui/time.tsx"

/** The members of a customer, as staff see them. */
export function Members({ members, now }: { members: Person[]; now: Date }) {
  return (
    <section class="card" aria-labelledby="members">
      <div class="card-header">
        <h2 id="members">Members</h2>
      </div>
      <ul class="list">
        {members.map((person) => (
          <li>
            <PersonRow person={person} now={now} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The cells of a person's row: name, email address, role and when they joined. */
export function PersonRow({ person, now, isSelf }: { person: Person; now: Date; isSelf?: boolean }) {
  return (
    <>
      <div>
        <span class="emphasis">
          {person.name}
          {isSelf && " (you)"}
        </span>
        <span class="muted">{person.email}</span>
      </div>
      <div>
        <span>{ROLE_NAMES[person.role]}</span>
        <span class="muted">
          joined <RelativeTime at={person.joinedAt} now={now} />
        </span>
      </div>
    </>
  )
}
