import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import {
  ATTENTION_COUNT_CAP,
  ATTENTION_REASONS,
  ATTENTION_SHOWN,
  type AttentionInvite,
} from "../../domain/dashboard/attention.ts"
import type { Dashboard } from "../../domain/dashboard/dashboard.ts"
import { href } from "../../routes.ts"
import { formatNumber } from "../../text/numbers.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { invitePath, inviteTitle } from "../invites/section.tsx"
import { StatusBadge, StatusLine } from "../invites/status.tsx"
import { Form } from "../ui/form.tsx"

type Attention = Dashboard["attention"]
type Counts = Attention["counts"]
type Kind = keyof Counts

const kindsIn = (counts: Counts) => (Object.keys(counts) as Kind[]).filter((kind) => counts[kind] > 0)

export const attentionTotal = (counts: Counts) => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** `2 not delivered`, `99+ expiring soon`. */
export const attentionTexts = (counts: Counts, t: StaffMessages): string[] =>
  kindsIn(counts).map((kind) => t.staff.dashboard.attention.counts[kind](countText(counts, kind, t)))

function countText(counts: Counts, kind: Kind, t: StaffMessages): string {
  const isCapped = kind !== "undelivered" && counts[kind] >= ATTENTION_COUNT_CAP
  return isCapped ? `${ATTENTION_COUNT_CAP - 1}+` : formatNumber(t, counts[kind])
}

const LISTS: Record<Kind, string> = {
  undelivered: href("customers.invites.list", {}, { status: "undelivered" }),
  declined: href("customers.invites.list", {}, { status: "declined" }),
  expiring: href("customers.invites.list", {}, { status: "pending", sort: "expires_at" }),
  review: href("customers.list"),
}

type CardProps = Attention & { staff: StaffActor; now: Date; t: StaffMessages }

/** What needs somebody's action, some of each kind with the reason and the action. */
export function AttentionCard({ counts, invites, customers, staff, now, t }: CardProps) {
  const texts = t.staff.dashboard.attention
  const kinds = kindsIn(counts)
  if (kinds.length === 0) return null
  const shown = kinds.length > 2 ? ATTENTION_SHOWN - 1 : ATTENTION_SHOWN
  const longer = kinds.filter((kind) => counts[kind] > shown)
  return (
    <section class="card" id="attention" aria-labelledby="attention-heading">
      <div class="card-header">
        <h2 id="attention-heading">{texts.heading}</h2>
      </div>
      <ul class="attention">
        {ATTENTION_REASONS.flatMap((reason) =>
          invites
            .filter((invite) => invite.reason === reason)
            .slice(0, shown)
            .map((invite) => <InviteItem {...{ invite, staff, now, t }} />),
        )}
        {customers.slice(0, shown).map(({ id, name, hasAccount }) => (
          <li>
            <div>
              <a class="emphasis" href={href("customers.show", { id })}>
                {name}
              </a>
            </div>
            <div>
              <span class="badge danger">{texts.review}</span>
              <span class="muted">{hasAccount ? texts.accountChanged : texts.accountDeleted}</span>
            </div>
            {can(staff, "billing:write") && (
              <a href={href("customers.show", { id })}>
                {texts.changeBilling} <span class="visually-hidden">{texts.ofCompany(name)}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
      {longer.length > 0 && (
        <p class="card-footer">
          {longer.map((kind) => (
            <a href={LISTS[kind]}>{allText(counts, kind, t)}</a>
          ))}
        </p>
      )}
    </section>
  )
}

function allText(counts: Counts, kind: Kind, t: StaffMessages): string {
  const { all } = t.staff.dashboard.attention
  return kind === "undelivered" ? all.undelivered(countText(counts, kind, t)) : all[kind]
}

type ItemProps = { invite: AttentionInvite; staff: StaffActor; now: Date; t: StaffMessages }

function InviteItem({ invite, staff, now, t }: ItemProps) {
  const texts = t.staff.dashboard.attention
  const { reason } = invite
  return (
    <li>
      <div>
        <a class="emphasis" href={invitePath(invite)}>
          {invite.companyName}
        </a>
        <span class="muted">{invite.contactName}</span>
      </div>
      <div>
        {reason === "expiring" ? (
          <span class="badge pending">{texts.expiring}</span>
        ) : (
          <StatusBadge {...{ invite, now, t }} />
        )}
        {reason === "declined" ? (
          <span class="muted">{texts.declined}</span>
        ) : (
          <StatusLine {...{ invite, now, t }} isInRow />
        )}
      </div>
      {can(staff, "invites:write") && <Action {...{ invite, t }} />}
    </li>
  )
}

function Action({ invite, t }: Pick<ItemProps, "invite" | "t">) {
  const title = inviteTitle(invite, t)
  if (invite.reason !== "expiring") {
    return (
      <a href={invitePath(invite, "edit")}>
        {t.invite.editAndResend} <span class="visually-hidden">{t.invite.inviteTo(title)}</span>
      </a>
    )
  }
  return (
    <Form action={invitePath(invite, "resend")} data-submit-once>
      <button class="link" type="submit">
        {invite.sendCount > 0 ? t.invite.resend : t.invite.send}{" "}
        <span class="visually-hidden">{t.invite.toPerson(title)}</span>
      </button>
    </Form>
  )
}
