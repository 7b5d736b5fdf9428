import type { CustomerMember } from "../domain/customers.ts"
import { When } from "./when.tsx"

/** Who belongs to a customer: shown to its own people and to the reseller's staff. */
export function Members({ members, now }: { members: CustomerMember[]; now: Date }) {
  return (
    <section class="card" aria-labelledby="members">
      <div class="head">
        <h2 id="members">Members</h2>
      </div>
      <ul class="lines">
        {members.map((person) => (
          <li>
            <div>
              <span class="strong">{person.name}</span>
              <span class="soft">{person.email}</span>
            </div>
            <div>
              <span>{person.role === "admin" ? "Admin" : "Member"}</span>
              <span class="soft">
                joined <When at={person.joinedAt} now={now} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
