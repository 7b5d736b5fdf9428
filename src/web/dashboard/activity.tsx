import type { Dashboard } from "../../domain/dashboard/dashboard.ts"
import { href } from "../../routes.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { invitePath } from "../invites/section.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"

type ActivityProps = { activity: Dashboard["activity"]; now: Date; t: StaffMessages }

/** What happened last around customers. */
export function LatestActivity({ activity, now, t }: ActivityProps) {
  const texts = t.staff.dashboard.activity
  return (
    <section class="card" aria-labelledby="latest">
      <div class="card-header">
        <h2 id="latest">{texts.heading}</h2>
        <a href={href("activity.list")}>{texts.all}</a>
      </div>
      {activity.length === 0 ? (
        <p class="card-body muted">{texts.none}</p>
      ) : (
        <ul class="timeline">
          {activity.map(({ entry, companyName, isInvite }) => (
            <TimelineEntry {...{ entry, now, t }}>
              <a href={subjectPath(entry.subjectId, isInvite === 1)}>{companyName || t.privacy.purgedInvite}</a>:{" "}
            </TimelineEntry>
          ))}
        </ul>
      )}
    </section>
  )
}

const subjectPath = (id: string, isInvite: boolean) =>
  isInvite ? invitePath({ kind: "customer", id }) : href("customers.show", { id })
