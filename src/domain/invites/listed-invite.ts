import { getTableColumns } from "drizzle-orm"
import { type EmailStatus, type Invite, type InviteStatus, invites, type Metadata } from "../../storage/schema.ts"
import type { Expanded } from "../expansions.ts"

/** What a list of a reseller's invites to customers is limited to. */
export type InviteFilter = {
  status?: InviteStatus | undefined
  emailStatus?: EmailStatus | undefined
  billingAccountId?: string | undefined
  /** Pending, and its email was not delivered. */
  isUndelivered?: boolean | undefined
  search?: string | undefined
  /** The contact's address as we store it. A list by it has at most a filter by status besides. */
  contactEmail?: string | undefined
  /** The id of the staff user or API key. */
  invitedBy?: string | undefined
  externalId?: string | undefined
  /** Keys, each with the value that it must have. */
  metadata?: Metadata | undefined
  /** At this time or later. */
  createdAfter?: Date | undefined
  createdBefore?: Date | undefined
}

const {
  searchRuns: _runs,
  companyKey: _key,
  reference: _reference,
  resellerId: _reseller,
  audienceId: _audience,
  linkVersion: _version,
  emailSinceVersion: _since,
  lastChangeId: _change,
  latestEmailId: _email,
  expiresInDays: _days,
  invitedBy: _inviter,
  formStartedAt: _started,
  remindAt: _remind,
  firstSentAt: _sent,
  funnelStep: _step,
  funnelStepAt: _stepAt,
  ...listedColumns
} = getTableColumns(invites)
export const LISTED_COLUMNS = listedColumns

/** What the API and exports show of an invite. */
export type ListedInvite = Pick<Invite, keyof typeof LISTED_COLUMNS & keyof Invite>

/** With what the API was asked to show besides. */
export type ExpandedInvite = ListedInvite & Expanded

const {
  billingAccountId: _account,
  locale: _locale,
  note: _note,
  externalId: _external,
  metadata: _metadata,
  updatedAt: _updated,
  ...shownColumns
} = listedColumns
export const SHOWN_COLUMNS = shownColumns

/** What a row of a list shows on a page. */
export type ShownInvite = Pick<Invite, keyof typeof SHOWN_COLUMNS & keyof Invite>
