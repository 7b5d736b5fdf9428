import type { StaffActor } from "../../domain/access/actor.ts"
import {
  ACTIVITY_AREAS,
  type Activity,
  type ActivityActors,
  type ActivityArea,
  type ActivityFilter,
  listActivity,
  type Subject,
} from "../../domain/events/activity.ts"
import { canOpen, Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { ACTOR_KINDS, type ActorKind } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { invitePath } from "../invites/section.tsx"
import { Select } from "../ui/fields.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { Pager } from "../ui/pager.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const activityRoutes = new Router()

activityRoutes.serve("settings.activity.list", async (c) => {
  const { staff, deps } = c.var
  const actorParam = c.req.query("by")
  const filter = {
    actorKind: ACTOR_KINDS.find((kind) => kind === actorParam),
    actorId: ACTOR_ID.test(actorParam ?? "") ? actorParam : undefined,
    area: ACTIVITY_AREAS.find((area) => area === c.req.query("about")),
    inviteId: c.req.query("invite") || undefined,
  }
  const before = c.req.query("before")
  const activity = await listActivity(deps, staff, filter, { before, size: PAGE_SIZE })
  return c.html(<ActivityPage {...{ staff, filter, ...activity }} now={deps.now()} />)
})

const ACTOR_ID = /^(usr|key)_[0-9a-z]{26}$/

const ACTOR_KIND_LABELS: Record<ActorKind, string> = {
  staff: "Staff",
  api_key: "API keys",
  contact: "Contacts",
  member: "Members",
  system: "System",
  operator: "Operator",
}

const AREA_LABELS: Record<ActivityArea, string> = {
  invite: "Invites",
  customer: "Customers",
  member: "Members",
  staff: "Staff",
  billing_account: "Billing accounts",
  api_key: "API keys",
  webhook: "Webhooks",
  reseller: "Settings",
}

type ActivityPageProps = {
  staff: StaffActor
  filter: ActivityFilter
  entries: Activity[]
  areas: ActivityArea[]
  actors: ActivityActors
  next: string | undefined
  now: Date
}

function ActivityPage({ staff, filter, entries, areas, actors, next, now }: ActivityPageProps) {
  return (
    <StaffPage staff={staff} navItem="Settings" title="Settings">
      <SettingsTabs staff={staff} current="Activity" />
      <section class="card" aria-label="Activity">
        <form class="card-header filter-bar" aria-label="Filter activity">
          <Select name="by" label="By">
            <option value="">Anyone</option>
            {ACTOR_KINDS.map((kind) => (
              <option value={kind} selected={kind === filter.actorKind}>
                {ACTOR_KIND_LABELS[kind]}
              </option>
            ))}
            <ActorGroup label="Individual staff" actors={actors.staff} selectedId={filter.actorId} />
            <ActorGroup label="Individual API keys" actors={actors.keys} selectedId={filter.actorId} />
          </Select>
          <Select name="about" label="About">
            <option value="">Anything</option>
            {areas.map((area) => (
              <option value={area} selected={area === filter.area}>
                {AREA_LABELS[area]}
              </option>
            ))}
          </Select>
          {filter.inviteId && <input type="hidden" name="invite" value={filter.inviteId} />}
          <button class="button secondary" type="submit">
            Filter
          </button>
          {(filter.actorKind || filter.actorId || filter.area || filter.inviteId) && (
            <a href={href("settings.activity.list")}>Show all</a>
          )}
        </form>
        {entries.length === 0 ? (
          <div class="empty-state">
            <p>{next ? "No matches on this page. Older entries may match." : "No activity matches this filter."}</p>
          </div>
        ) : (
          <ul class="timeline">
            {entries.map((entry) => (
              <TimelineEntry
                t={en}
                entry={entry}
                now={now}
                actorPath={actorActivityPath(entry)}
                note={entry.isSealed ? undefined : "not yet sealed"}
              >
                {entry.subject && <SubjectLink subjectId={entry.subjectId} {...entry.subject} />}
              </TimelineEntry>
            ))}
          </ul>
        )}
        {next && <Pager next={href("settings.activity.list", {}, { before: next, ...toQuery(filter) })} />}
      </section>
      {canOpen(staff, "settings.activity.seals") && (
        <p class="buttons">
          <a href={href("settings.activity.seals")}>Check the seals</a>
          <a href={href("settings.activity.export", {}, { format: "csv" })}>Export as CSV</a>
          <a href={href("settings.activity.export", {}, { format: "jsonl" })}>Export as JSON lines</a>
        </p>
      )}
    </StaffPage>
  )
}

type ActorGroupProps = { label: string; actors: { id: string; name: string }[]; selectedId: string | undefined }

function ActorGroup({ label, actors, selectedId }: ActorGroupProps) {
  if (actors.length === 0) return null
  return (
    <optgroup label={label}>
      {actors.map(({ id, name }) => (
        <option value={id} selected={id === selectedId}>
          {name}
        </option>
      ))}
    </optgroup>
  )
}

/** The path of all activity of the same person or API key, also of people who have left. */
function actorActivityPath({ actorId }: Activity): string | undefined {
  return actorId && ACTOR_ID.test(actorId) ? href("settings.activity.list", {}, { by: actorId }) : undefined
}

function SubjectLink({ subjectId, name, ...subject }: Subject & { subjectId: string }) {
  return (
    <>
      <a href={subjectPath(subjectId, subject)}>{name || en.privacy.purgedInvite}</a>:{" "}
    </>
  )
}

/** Invites have a page; anything about a member links to the customer. */
function subjectPath(subjectId: string, { inviteKind, customerId }: Omit<Subject, "name">): string {
  if (inviteKind) return invitePath({ kind: inviteKind, id: subjectId })
  return href("customers.show", { id: customerId ?? "" })
}

function toQuery({ actorKind, actorId, area, inviteId }: ActivityFilter) {
  return { by: actorKind ?? actorId, about: area, invite: inviteId }
}
