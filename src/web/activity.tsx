import {
  ACTIVITY_AREAS,
  type Activity,
  type ActivityArea,
  type ActivityFilter,
  listActivity,
} from "../domain/activity.ts"
import { may, type StaffActor } from "../domain/actor.ts"
import { factory } from "../http/context.ts"
import { PAGE_SIZE } from "../storage/paging.ts"
import { ACTOR_KINDS, type ActorKind } from "../storage/schema.ts"
import { Deed } from "./deeds.tsx"
import { Select } from "./fields.tsx"
import { StaffPage } from "./layout.tsx"
import { SettingsTabs } from "./settings.tsx"

export const activityRoutes = factory.createApp()

activityRoutes.get("/settings/activity", async (c) => {
  const { staff, deps } = c.var
  const filter = {
    actorKind: ACTOR_KINDS.find((kind) => kind === c.req.query("by")),
    area: ACTIVITY_AREAS.find((area) => area === c.req.query("about")),
    inviteId: c.req.query("invite") || undefined,
  }
  const before = c.req.query("before")
  const { entries, next } = await listActivity(deps, staff, filter, { before, size: PAGE_SIZE })
  return c.html(<ActivityPage {...{ staff, filter, entries, next }} now={deps.now()} />)
})

const ACTORS: Record<ActorKind, string> = {
  staff: "Staff",
  api_key: "API keys",
  invitee: "Contacts",
  member: "Members",
  system: "Vestibule itself",
  operator: "The operator",
}

const AREAS: Record<ActivityArea, string> = {
  invite: "Invites",
  customer: "Customers",
  billing_account: "Billing accounts",
  api_key: "API keys",
  webhook: "Webhooks",
  reseller: "Settings",
}

type Props = {
  staff: StaffActor
  filter: ActivityFilter
  entries: Activity[]
  next: string | undefined
  now: Date
}

function ActivityPage({ staff, filter, entries, next, now }: Props) {
  const areas = ACTIVITY_AREAS.filter((area) => area !== "billing_account" || may(staff, "billing:read"))
  return (
    <StaffPage staff={staff} section="Settings" title="Settings">
      <SettingsTabs staff={staff} current="Activity" />
      <section class="card" aria-label="Activity">
        <form class="head wanted" aria-label="Filter the activity">
          <Select name="by" label="By">
            <option value="">Anybody</option>
            {ACTOR_KINDS.map((kind) => (
              <option value={kind} selected={kind === filter.actorKind}>
                {ACTORS[kind]}
              </option>
            ))}
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
          {(filter.actorKind || filter.area || filter.inviteId) && <a href="/settings/activity">Show all</a>}
        </form>
        {entries.length === 0 ? (
          <div class="empty">
            <p>{next ? "Nothing of that kind among the newest thousand." : "Nothing of that kind was done."}</p>
          </div>
        ) : (
          <ul class="timeline">
            {entries.map((entry) => (
              <Deed entry={entry} now={now}>
                {entry.company && <About {...entry} />}
              </Deed>
            ))}
          </ul>
        )}
        {next && (
          <div class="pager">
            <span class="soft">Newest first</span>
            <a href={`/settings/activity?${queryOf(filter, next)}`}>Older →</a>
          </div>
        )}
      </section>
    </StaffPage>
  )
}

function About({ subjectId, company }: Activity) {
  const path = subjectId.startsWith("cus_") ? `/customers/${subjectId}` : `/customers/invites/${subjectId}`
  return (
    <>
      <a href={path}>{company}</a>:{" "}
    </>
  )
}

function queryOf({ actorKind, area, inviteId }: ActivityFilter, before: string): URLSearchParams {
  const query = new URLSearchParams({ before })
  if (actorKind) query.set("by", actorKind)
  if (area) query.set("about", area)
  if (inviteId) query.set("invite", inviteId)
  return query
}
