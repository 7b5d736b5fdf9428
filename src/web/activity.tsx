import {
  ACTIVITY_AREAS,
  type Activity,
  type ActivityActors,
  type ActivityArea,
  type ActivityFilter,
  listActivity,
  type Subject,
} from "../domain/activity.ts"
import type { StaffActor } from "../domain/actor.ts"
import { factory } from "../http/context.ts"
import { PAGE_SIZE } from "../storage/paging.ts"
import { ACTOR_KINDS, type ActorKind } from "../storage/schema.ts"
import { Deed } from "./deeds.tsx"
import { Select } from "./fields.tsx"
import { StaffPage } from "./layout.tsx"
import { invitePath } from "./places.tsx"
import { SettingsTabs } from "./settings.tsx"

export const activityRoutes = factory.createApp()

activityRoutes.get("/settings/activity", async (c) => {
  const { staff, deps } = c.var
  const by = c.req.query("by")
  const filter = {
    actorKind: ACTOR_KINDS.find((kind) => kind === by),
    actorId: ACTOR_ID.test(by ?? "") ? by : undefined,
    area: ACTIVITY_AREAS.find((area) => area === c.req.query("about")),
    inviteId: c.req.query("invite") || undefined,
  }
  const before = c.req.query("before")
  const found = await listActivity(deps, staff, filter, { before, size: PAGE_SIZE })
  return c.html(<ActivityPage {...{ staff, filter, ...found }} now={deps.now()} />)
})

const ACTOR_ID = /^(usr|key)_[0-9a-z]{26}$/

const ACTORS: Record<ActorKind, string> = {
  staff: "Staff",
  api_key: "API keys",
  contact: "Contacts",
  member: "Members",
  system: "Vestibule itself",
  operator: "The operator",
}

const AREAS: Record<ActivityArea, string> = {
  invite: "Invites",
  customer: "Customers",
  member: "Members",
  staff: "Staff",
  billing_account: "Billing accounts",
  api_key: "API keys",
  webhook: "Webhooks",
  reseller: "Settings",
}

type Props = {
  staff: StaffActor
  filter: ActivityFilter
  entries: Activity[]
  areas: ActivityArea[]
  actors: ActivityActors
  next: string | undefined
  now: Date
}

function ActivityPage({ staff, filter, entries, areas, actors, next, now }: Props) {
  return (
    <StaffPage staff={staff} section="Settings" title="Settings">
      <SettingsTabs staff={staff} current="Activity" />
      <section class="card" aria-label="Activity">
        <form class="card-header filter-bar" aria-label="Filter the activity">
          <Select name="by" label="By">
            <option value="">Anybody</option>
            {ACTOR_KINDS.map((kind) => (
              <option value={kind} selected={kind === filter.actorKind}>
                {ACTORS[kind]}
              </option>
            ))}
            <ActorGroup label="Of the staff" actors={actors.staff} chosen={filter.actorId} />
            <ActorGroup label="By API key" actors={actors.keys} chosen={filter.actorId} />
          </Select>
          <Select name="about" label="About">
            <option value="">Anything</option>
            {areas.map((area) => (
              <option value={area} selected={area === filter.area}>
                {AREAS[area]}
              </option>
            ))}
          </Select>
          {filter.inviteId && <input type="hidden" name="invite" value={filter.inviteId} />}
          <button class="button secondary" type="submit">
            Filter
          </button>
          {(filter.actorKind || filter.actorId || filter.area || filter.inviteId) && (
            <a href="/settings/activity">Show all</a>
          )}
        </form>
        {entries.length === 0 ? (
          <div class="empty-state">
            <p>{next ? "Nothing of that kind here. There are older entries." : "Nothing of that kind was done."}</p>
          </div>
        ) : (
          <ul class="timeline">
            {entries.map((entry) => (
              <Deed entry={entry} now={now} actorPath={pathOfActor(entry)}>
                {entry.about && <About subjectId={entry.subjectId} {...entry.about} />}
              </Deed>
            ))}
          </ul>
        )}
        {next && (
          <div class="pager">
            <span class="muted">Newest first</span>
            <a href={`/settings/activity?${queryOf(filter, next)}`}>Older →</a>
          </div>
        )}
      </section>
    </StaffPage>
  )
}

type GroupProps = { label: string; actors: { id: string; name: string }[]; chosen: string | undefined }

function ActorGroup({ label, actors, chosen }: GroupProps) {
  if (actors.length === 0) return null
  return (
    <optgroup label={label}>
      {actors.map(({ id, name }) => (
        <option value={id} selected={id === chosen}>
          {name}
        </option>
      ))}
    </optgroup>
  )
}

/** What somebody did, whether they are there still or not. */
function pathOfActor({ actorId }: Activity): string | undefined {
  return actorId && ACTOR_ID.test(actorId) ? `/settings/activity?by=${actorId}` : undefined
}

function About({ subjectId, name, ...subject }: Subject & { subjectId: string }) {
  return (
    <>
      <a href={pathOf(subjectId, subject)}>{name}</a>:{" "}
    </>
  )
}

/** Of a customer's people the reseller sees the customer. */
function pathOf(subjectId: string, { inviteKind, customerId }: Omit<Subject, "name">): string {
  if (inviteKind && inviteKind !== "member") return invitePath({ kind: inviteKind, id: subjectId })
  return `/customers/${customerId}`
}

function queryOf({ actorKind, actorId, area, inviteId }: ActivityFilter, before: string): URLSearchParams {
  const query = new URLSearchParams({ before })
  if (actorKind ?? actorId) query.set("by", actorKind ?? actorId ?? "")
  if (area) query.set("about", area)
  if (inviteId) query.set("invite", inviteId)
  return query
}
