import type { StaffActor } from "../../domain/access/actor.ts"
import {
  ACTIVITY_AREAS,
  type Activity,
  type ActivityFilter,
  listActivity,
  type Subject,
} from "../../domain/events/activity.ts"
import { isSearchable, parseSearch } from "../../domain/invites/search-text.ts"
import { redirect } from "../../http/htmx.ts"
import { canOpen, Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type Cursor, PAGE_SIZE } from "../../storage/paging.ts"
import { ACTOR_KINDS } from "../../storage/schema.ts"
import { formatDayHeading } from "../../text/dates.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { invitePath } from "../invites/section.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
import { SEARCH_LIMIT_SELECT, SearchInput } from "../ui/search-input.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"

export const activityRoutes = new Router()

activityRoutes.serve("activity.list", async (c) => {
  const { staff, deps } = c.var
  const actorParam = c.req.query("by")
  const { search = "", isCut } = parseSearch(c.req.query("q"))
  const filter = {
    search: isSearchable(search) ? search : undefined,
    actorKind: ACTOR_KINDS.find((kind) => kind === actorParam),
    actorId: ACTOR_ID.test(actorParam ?? "") ? actorParam : undefined,
    area: ACTIVITY_AREAS.find((area) => area === c.req.query("about")),
    inviteId: c.req.query("invite") || undefined,
    customerId: c.req.query("customer") || undefined,
  }
  const { before, after } = c.req.query()
  const page = await listActivity(deps, staff, filter, { before, after, size: PAGE_SIZE })
  if (isBeyondEnd(page, { before, after })) return redirect(c, activityPath(filter))
  return c.html(<ActivityPage {...{ staff, filter, isCut, page }} now={deps.now()} />)
})

const ACTOR_ID = /^(usr|key)_[0-9a-z]{26}$/

type ActivityPageProps = {
  staff: StaffActor
  filter: ActivityFilter
  /** The search was longer than one can be. */
  isCut: boolean
  page: Awaited<ReturnType<typeof listActivity>>
  now: Date
}

function ActivityPage({ staff, filter, isCut, page, now }: ActivityPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { activity: texts, layout } = t.staff
  return (
    <StaffPage
      staff={staff}
      navItem="Activity"
      title={layout.nav.Activity}
      action={
        canOpen(staff, "activity.export") && (
          <a class="button secondary" href={href("activity.export", {}, { format: "csv" })}>
            {texts.exportCsv}
          </a>
        )
      }
    >
      <section class="card" aria-label={layout.nav.Activity}>
        <ActivityFilterForm {...{ filter, isCut, page, t }} />
        <div id="activity-entries">
          {isFiltered(filter) && (
            <p class="filter-summary">
              {page.isPartOfSearch && <span class="muted">{texts.partOfSearch} </span>}
              <a href={href("activity.list")}>{texts.showAll}</a>
            </p>
          )}
          <Entries {...{ filter, page, now, t }} timeZone={staff.timeZone} />
        </div>
      </section>
      {canOpen(staff, "activity.seals") && (
        <p class="buttons">
          <a href={href("activity.seals")}>{texts.checkSeals}</a>
          <a href={href("activity.export", {}, { format: "jsonl" })}>{texts.exportJson}</a>
        </p>
      )}
    </StaffPage>
  )
}

type ListProps = Omit<ActivityPageProps, "staff" | "isCut"> & { t: StaffMessages }

/** The entries under the headings of their days, and links to other pages. */
function Entries({ filter, page, now, t, timeZone }: ListProps & { timeZone: string }) {
  const { rows, next, prev } = page
  const texts = t.staff.activity
  const days = Map.groupBy(rows, ({ createdAt }) => formatDayHeading(t, createdAt, { now, timeZone }))
  return (
    <>
      {rows.length === 0 && (
        <div class="empty-state">
          <p>{next || prev ? texts.noneOnPage : texts.none}</p>
        </div>
      )}
      {[...days].map(([day, entries]) => (
        <>
          <h2 class="day">{day}</h2>
          <ul class="timeline">
            {entries.map((entry) => (
              <TimelineEntry t={t} entry={entry} now={now} isUnderDay actorPath={actorActivityPath(entry)}>
                {entry.subject && <SubjectLink t={t} subjectId={entry.subjectId} {...entry.subject} />}
              </TimelineEntry>
            ))}
          </ul>
        </>
      ))}
      {(next || prev) && <Pager t={t} {...neighborPaths(page, (cursor) => activityPath(filter, cursor))} />}
    </>
  )
}

type FilterFormProps = Omit<ListProps, "now"> & Pick<ActivityPageProps, "isCut">

/** Search, who did it, and what it is about. With htmx, a change replaces the entries. */
function ActivityFilterForm({ filter, isCut, page: { areas, actors }, t }: FilterFormProps) {
  const texts = t.staff.activity
  return (
    <form
      class="card-header filter-bar activity-filter"
      aria-label={texts.filter}
      action={href("activity.list")}
      hx-get={href("activity.list")}
      hx-trigger="submit, change, input changed delay:300ms from:#q"
      hx-sync="this:replace"
      hx-target="#activity-entries"
      hx-select="#activity-entries"
      hx-select-oob={SEARCH_LIMIT_SELECT}
      hx-swap="outerHTML"
      hx-push-url="true"
    >
      <SearchInput label={texts.searchFields} search={filter.search} {...{ isCut, t }} />
      <select name="by" aria-label={texts.by}>
        <option value="">{texts.anyone}</option>
        {ACTOR_KINDS.map((kind) => (
          <option value={kind} selected={kind === filter.actorKind}>
            {texts.actors[kind]}
          </option>
        ))}
        <ActorGroup label={texts.staffMembers} actors={actors.staff} selectedId={filter.actorId} />
        <ActorGroup label={texts.keys} actors={actors.keys} selectedId={filter.actorId} />
      </select>
      <select name="about" aria-label={texts.about}>
        <option value="">{texts.anything}</option>
        {areas.map((area) => (
          <option value={area} selected={area === filter.area}>
            {texts.areas[area]}
          </option>
        ))}
      </select>
      {filter.inviteId && <input type="hidden" name="invite" value={filter.inviteId} />}
      {filter.customerId && <input type="hidden" name="customer" value={filter.customerId} />}
      <noscript>
        <button class="button secondary" type="submit">
          {texts.submit}
        </button>
      </noscript>
    </form>
  )
}

const isFiltered = (filter: ActivityFilter) => Object.values(filter).some((value) => value !== undefined)

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
  return actorId && ACTOR_ID.test(actorId) ? href("activity.list", {}, { by: actorId }) : undefined
}

function SubjectLink({ t, subjectId, name, ...subject }: Subject & { t: StaffMessages; subjectId: string }) {
  return (
    <>
      <a class="emphasis" href={subjectPath(subjectId, subject)}>
        {name || t.privacy.purgedInvite}
      </a>
      :{" "}
    </>
  )
}

/** Invites have a page; anything about a member links to the customer. */
function subjectPath(subjectId: string, { inviteKind, customerId }: Omit<Subject, "name">): string {
  if (inviteKind) return invitePath({ kind: inviteKind, id: subjectId })
  return href("customers.show", { id: customerId ?? "" })
}

function activityPath({ actorKind, actorId, ...filter }: ActivityFilter, cursor: Cursor = {}): string {
  const { search: q, area: about, inviteId: invite, customerId: customer } = filter
  return href("activity.list", {}, { ...cursor, q, by: actorKind ?? actorId, about, invite, customer })
}
