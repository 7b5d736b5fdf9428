import type { Child } from "hono/jsx"
import type { AuditAction } from "../../domain/events/audit-actions.ts"
import { formatField } from "../../domain/invites/field-values.ts"
import type { FieldNameOf, InviteFieldName } from "../../domain/invites/fields.ts"
import type { AuditEntry, FieldChange } from "../../storage/schema.ts"
import { formatExactTime } from "../../text/dates.ts"
import { isolate } from "../../text/direction.ts"
import { emailErrorText } from "../../text/email-error.ts"
import type { Messages } from "../../text/en.ts"
import { withReadableAddresses } from "../../text/readable-address.ts"
import { formatList } from "../../text/sentences.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { useContext } from "./jsx-runtime.ts"
import { HourTime, PageTimeZone, RelativeTime } from "./time.tsx"

type InviteAction = Extract<AuditAction, `invite.${string}`>
/** What only staff see. */
type StaffAction = Exclude<AuditAction, InviteAction>

type Labels = Partial<Record<string, string>>

type TimelineEntryProps = {
  entry: AuditEntry
  now: Date
  t: Messages
  /** The path of all activity of the same person or API key. */
  actorPath?: string | undefined
  /** Whether a heading above says the day. */
  isUnderDay?: boolean
  children?: Child
}

/** What was done, by whom and when. `children` name the subject if the page doesn't. */
export function TimelineEntry({ entry, now, t, actorPath, isUnderDay, children }: TimelineEntryProps) {
  const EntryTime = isUnderDay ? HourTime : RelativeTime
  return (
    <li>
      <span>
        {children}
        {actionLabel(entry, t)}
        <EntryDetail {...{ entry, t }} />
      </span>
      <span class="muted">
        {actorPath ? <a href={actorPath}>{actorLabel(entry, t)}</a> : actorLabel(entry, t)} ·{" "}
        <EntryTime at={entry.createdAt} {...{ now, t }} />
      </span>
    </li>
  )
}

function EntryDetail({ entry, t }: Pick<TimelineEntryProps, "entry" | "t">) {
  const timeZone = useContext(PageTimeZone)
  const { changes } = entry
  const detail = detailOf(entry, t)
  const changeTexts = changes?.map((change) => changeText(t, change, timeZone)) ?? []
  const detailText = detail && isolateParts(withReadableAddresses(emailErrorText(t, detail)))
  const text = [detailText, formatList(t, changeTexts)].filter(Boolean).join(" · ")
  return text && <span class="muted"> {text}</span>
}

/** Of a job, the detail is its kind. */
function detailOf({ action, detail }: AuditEntry, t: Messages): string | null {
  const kinds: Labels = staffWordsOf(t).jobs.kinds
  return (action.startsWith("job.") && detail && kinds[detail]) || detail
}

/** `Contact Name: Priya → Kim`; only the label if the values weren't recorded. */
function changeText(t: Messages, [field, before = null, after = null]: FieldChange, timeZone: string): string {
  if (field === "send_at") {
    const times = [before, after].flatMap((at) => (at === null ? [] : formatExactTime(t, new Date(at), timeZone)))
    return `${staffWordsOf(t).invites.schedule.field}${t.language.colon}${times.join(" → ")}`
  }
  const name = field as InviteFieldName
  const label = fieldLabel(t, name)
  if (before === null && after === null) return label
  const toText = (value: typeof before) => isolate(formatField(t, name, value) || t.timeline.noValue)
  return `${label}${t.language.colon}${toText(before)} → ${toText(after)}`
}

/** A detail names people before and after these signs: `Priya → Kim`, `Priya: Support → Admin`. */
const isolateParts = (detail: string) =>
  detail
    .split(/( → |: )/)
    .map(isolate)
    .join("")

/** The label of a field in the reader's language. */
function fieldLabel(t: Messages, name: InviteFieldName): string {
  const memberLabels: Labels = t.fieldLabels satisfies Record<FieldNameOf<"member">, string>
  return memberLabels[name] ?? staffWordsOf(t).invites.fieldLabels[name]
}

/** What was done, as a label that the entry's detail may follow. */
function actionLabel({ action, actorKind }: AuditEntry, t: Messages): string {
  if (action === "invite.resent" && actorKind === "contact") return t.timeline.renewed
  const inviteLabels: Labels = t.timeline.actions satisfies Record<InviteAction, string>
  const staffLabels: Labels = staffWordsOf(t).activity.actions satisfies Record<StaffAction, string>
  return inviteLabels[action] ?? staffLabels[action] ?? action
}

/** Who did it. */
function actorLabel({ actorKind, actorName }: AuditEntry, t: Messages): string {
  const { operator, apiKey, anApiKey } = staffWordsOf(t).activity
  switch (actorKind) {
    case "system":
      return t.timeline.system
    case "operator":
      return operator
    case "contact":
      return actorName ? t.timeline.contact(actorName) : t.timeline.theContact
    case "api_key":
      return actorName ? apiKey(actorName) : anApiKey
    case "member":
      return t.timeline.member(actorName ?? "")
    case "staff":
      return actorName ?? actorKind
  }
}
