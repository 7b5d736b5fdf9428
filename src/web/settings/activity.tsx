import type { StaffActor } from "../../domain/access/actor.ts"
import {
  ACTIVITY_AREAS,
  type Activity,
  type ActivityFilter,
  listActivity,
  type Subject,
} from "../../domain/events/activity.ts"
import { redirect } from "../../http/htmx.ts"
import { canOpen, Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type Cursor, PAGE_SIZE } from "../../storage/paging.ts"
import { ACTOR_KINDS } from "../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { invitePath } from "../invites/section.tsx"
import { Select } from "../ui/fields.tsx"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"
import { SettingsPage } from "./tabs.tsx"

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
  const { before, after } = c.req.query()
  const page = await listActivity(deps, staff, filter, { before, after, size: PAGE_SIZE })
  if (isBeyondEnd(page, { before, after })) return redirect(c, activityPath(filter))
  return c.html(<ActivityPage {...{ staff, filter, page }} now={deps.now()} />)
})

const ACTOR_ID = /^(usr|key)_[0-9a-z]{26}$/

type ActivityPageProps = {
  staff: StaffActor
  filter: ActivityFilter
  page: Awaited<ReturnType<typeof listActivity>>
  now: Date
}

function ActivityPage({ staff, filter, page, now }: ActivityPageProps) {
  const { rows, areas, actors, next, prev } = page
  const t = staffMessagesFor(staff.locale)
  const { activity: texts, settings } = t.staff
  return (
    <SettingsPage staff={staff} tab="activity">
      <section class="card" aria-label={settings.tabs.activity}>
        <form class="card-header filter-bar" aria-label={texts.filter}>
          <Select name="by" label={texts.by}>
            <option value="">{texts.anyone}</option>
            {ACTOR_KINDS.map((kind) => (
              <option value={kind} selected={kind === filter.actorKind}>
                {texts.actors[kind]}
              </option>
            ))}
            <ActorGroup label={texts.staffMembers} actors={actors.staff} selectedId={filter.actorId} />
            <ActorGroup label={texts.keys} actors={actors.keys} selectedId={filter.actorId} />
          </Select>
          <Select name="about" label={texts.about}>
            <option value="">{texts.anything}</option>
            {areas.map((area) => (
              <option value={area} selected={area === filter.area}>
                {texts.areas[area]}
              </option>
            ))}
          </Select>
          {filter.inviteId && <input type="hidden" name="invite" value={filter.inviteId} />}
          <button class="button secondary" type="submit">
            {texts.submit}
          </button>
          {(filter.actorKind || filter.actorId || filter.area || filter.inviteId) && (
            <a href={href("settings.activity.list")}>{texts.showAll}</a>
          )}
        </form>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>{next || prev ? texts.noneOnPage : texts.none}</p>
          </div>
        ) : (
          <ul class="timeline">
            {rows.map((entry) => (
              <TimelineEntry
                t={t}
                entry={entry}
                now={now}
                actorPath={actorActivityPath(entry)}
                note={entry.isSealed ? undefined : texts.notSealed}
              >
                {entry.subject && <SubjectLink t={t} subjectId={entry.subjectId} {...entry.subject} />}
              </TimelineEntry>
            ))}
          </ul>
        )}
        {(next || prev) && <Pager t={t} {...neighborPaths(page, (cursor) => activityPath(filter, cursor))} />}
      </section>
      {canOpen(staff, "settings.activity.seals") && (
        <p class="buttons">
          <a href={href("settings.activity.seals")}>{texts.checkSeals}</a>
          <a href={href("settings.activity.export", {}, { format: "csv" })}>{texts.exportCsv}</a>
          <a href={href("settings.activity.export", {}, { format: "jsonl" })}>{texts.exportJson}</a>
        </p>
      )}
    </SettingsPage>
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

function SubjectLink({ t, subjectId, name, ...subject }: Subject & { t: StaffMessages; subjectId: string }) {
  return (
    <>
      <a href={subjectPath(subjectId, subject)}>{name || t.privacy.purgedInvite}</a>:{" "}
    </>
  )
}

/** Invites have a page; anything about a member links to the customer. */
function subjectPath(subjectId: string, { inviteKind, customerId }: Omit<Subject, "name">): string {
  if (inviteKind) return invitePath({ kind: inviteKind, id: subjectId })
  return href("customers.show", { id: customerId ?? "" })
}

function activityPath({ actorKind, actorId, area, inviteId }: ActivityFilter, cursor: Cursor = {}): string {
  return href("settings.activity.list", {}, { ...cursor, by: actorKind ?? actorId, about: area, invite: inviteId })
}
