import { and, desc, eq, sql } from "drizzle-orm"
import type { BatchResponse } from "drizzle-orm/batch"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import { customers, members, type Reseller, resellers, sessions, staff, users } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import type { Deps } from "../deps.ts"
import { hasFactor } from "../factors/has-factor.ts"
import {
  activeSessionTimes,
  isActiveSession,
  isUseRecorded,
  recordUse,
  type SessionTimes,
} from "../identity/sessions.ts"
import type { SignedInUser } from "../invites/link-state.ts"
import type { MemberActor, Membership, Preferences, StaffActor } from "./actor.ts"

/**
 * The person behind a request: staff of their chosen reseller, member of their chosen customer, both or neither. If neither,
 * `suspendedBy` is a suspended reseller that one of their accounts belongs to.
 */
export type SessionUser = {
  user: SignedInUser & { locale: Locale } & Preferences
  sessionId: string
  /** Coarse: see `isUseRecorded`. */
  lastUsedAt: Date
  /** When the person last proved who they are, in this session. */
  confirmedAt: Date
  hasSecondFactor: boolean
  staff: StaffActor | undefined
  member: MemberActor | undefined
  suspendedBy: string | undefined
  /** The reseller and the customer chosen in this session; null if none was. */
  selectedAccounts: (string | null)[]
}

/** How many accounts of each kind are loaded. */
const ACCOUNTS_MAX = 50

/** What `sessionQueries` read: the session with its person, and their accounts of each kind. */
export type SessionRows = BatchResponse<ReturnType<typeof sessionQueries>>

/**
 * The statements that read a session, its person and all their accounts. `preferredAccountId` takes precedence over the chosen
 * accounts.
 */
export function sessionQueries(
  { db, now }: Pick<Deps, "db" | "now">,
  sessionToken: string,
  preferredAccountId: string,
) {
  const accounts = { token: sessionToken, preferredId: preferredAccountId }
  return [
    sessionQuery(db, { token: sessionToken, ...activeSessionTimes(now()) }, ANY_ACCOUNTS),
    staffAccountsQuery(db, accounts),
    customerAccountsQuery(db, accounts),
  ] as const
}

type SessionValues = Places<SessionTimes & { token: string }>

/** Of which kinds the person may have accounts. */
type AccountKinds = { isStaff: boolean; isMember: boolean }
const ANY_ACCOUNTS: AccountKinds = { isStaff: true, isMember: true }

const sessionQuery = compiled((db, { token, now, idleSince }: SessionValues, { isStaff, isMember }: AccountKinds) =>
  db
    .select({
      sessionId: sql<string>`${sessions.id}`.as("session_id"),
      id: users.id,
      name: users.name,
      email: users.email,
      locale: users.locale,
      theme: users.theme,
      chosenTimeZone: users.timeZone,
      resellerId: sessions.resellerId,
      customerId: sessions.customerId,
      lastUsedAt: sessions.updatedAt,
      confirmedAt: sql`coalesce(${sessions.confirmedAt}, ${sessions.createdAt})`
        .mapWith(sessions.createdAt)
        .as("confirmed_at"),
      hasSecondFactor: sql`${hasFactor(users.id)}`.mapWith(Boolean).as("has_second_factor"),
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.token, token),
        isActiveSession({ now, idleSince }),
        isStaff ? undefined : sql`NOT EXISTS (SELECT 1 FROM ${staff} WHERE ${staff.userId} = ${users.id})`,
        isMember ? undefined : sql`NOT EXISTS (SELECT 1 FROM ${members} WHERE ${members.userId} = ${users.id})`,
      ),
    ),
)

/**
 * The statements that read the rows of a session again, to prove that they are still these: none for a kind of account that the person
 * had none of. If there is one now, the session isn't found.
 */
export function sessionProofQueries(
  { db, now }: Pick<Deps, "db" | "now">,
  sessionToken: string,
  preferredAccountId: string,
  [, staffAccounts, customerAccounts]: SessionRows,
) {
  const accounts = { token: sessionToken, preferredId: preferredAccountId }
  const [isStaff, isMember] = [staffAccounts.length > 0, customerAccounts.length > 0]
  return [
    sessionQuery(db, { token: sessionToken, ...activeSessionTimes(now()) }, { isStaff, isMember }),
    ...(isStaff ? [staffAccountsQuery(db, accounts)] : []),
    ...(isMember ? [customerAccountsQuery(db, accounts)] : []),
  ]
}

/** What `sessionProofQueries` read while nothing has changed, to be compared. */
export const toSessionProof = (rows: SessionRows) => JSON.stringify(rows.filter(({ length }) => length > 0))

type AccountsRequest = { token: string; preferredId: string }

const staffAccountsQuery = compiled((db, { token, preferredId }: Places<AccountsRequest>) =>
  db
    .select({ role: staff.role, reseller: aliasedColumns(resellers, "reseller") })
    .from(sessions)
    .innerJoin(staff, eq(staff.userId, sessions.userId))
    .innerJoin(resellers, eq(resellers.id, staff.resellerId))
    .where(eq(sessions.token, token))
    .orderBy(
      desc(sql`${staff.resellerId} = ${preferredId}`),
      desc(sql`${staff.resellerId} = ${sessions.resellerId}`),
      staff.isInherited,
      desc(staff.createdAt),
    )
    .limit(ACCOUNTS_MAX),
)

const customerAccountsQuery = compiled((db, { token, preferredId }: Places<AccountsRequest>) =>
  db
    .select({
      role: members.role,
      customer: aliasedColumns(customers, "customer"),
      reseller: aliasedColumns(resellers, "reseller"),
    })
    .from(sessions)
    .innerJoin(members, eq(members.userId, sessions.userId))
    .innerJoin(customers, eq(customers.id, members.customerId))
    .innerJoin(resellers, eq(resellers.id, customers.resellerId))
    .where(eq(sessions.token, token))
    .orderBy(
      desc(sql`${members.customerId} = ${preferredId}`),
      desc(sql`${members.customerId} = ${sessions.customerId}`),
      desc(members.createdAt),
    )
    .limit(ACCOUNTS_MAX),
)

/** The person of a session and the rows that say so; undefined if the session has ended. Records that it is in use. */
export async function loadSession(
  deps: Pick<Deps, "db" | "now" | "client">,
  sessionToken: string,
  preferredAccountId: string,
): Promise<{ sessionUser: SessionUser; rows: SessionRows } | undefined> {
  const rows = await deps.db.batch(sessionQueries(deps, sessionToken, preferredAccountId))
  const sessionUser = toSessionUser(deps, rows)
  if (!sessionUser) return undefined
  if (!isUseRecorded(sessionUser, deps.now())) await recordUse(deps, sessionUser)
  return { sessionUser, rows }
}

/** The person that the rows of a session say; undefined if it has ended. Times are in the zone that they chose, or else that of the client. */
export function toSessionUser({ client }: Pick<Deps, "client">, rows: SessionRows): SessionUser | undefined {
  const [[sessionRow], staffMemberships, customerMemberships] = rows
  if (!sessionRow) return undefined
  const { sessionId, resellerId, customerId, lastUsedAt, confirmedAt, hasSecondFactor, ...user } = sessionRow
  const activeStaffMemberships = staffMemberships.filter(isActive)
  const activeCustomerMemberships = customerMemberships.filter(isActive)
  const memberships: Membership[] = [
    ...activeStaffMemberships.map(({ reseller: { id, name } }) => ({
      kind: "staff" as const,
      id,
      name,
      resellerName: name,
      isSandbox: isSandboxId(id),
    })),
    ...activeCustomerMemberships.map(({ customer: { id, name }, reseller }) => ({
      kind: "member" as const,
      id,
      name,
      resellerName: reseller.name,
      isSandbox: isSandboxId(reseller.id),
    })),
  ]
  const inTimeZone = <Row extends { reseller: Reseller }>(row: Row) => ({
    ...row,
    timeZone: user.chosenTimeZone ?? client?.timeZone ?? row.reseller.timeZone,
  })
  // The preferred or chosen account of each kind, otherwise the newest that isn't the sandbox of another.
  const [staffMembership] = activeStaffMemberships
  const [customerMembership] = activeCustomerMemberships
  return {
    user,
    sessionId,
    lastUsedAt,
    confirmedAt,
    hasSecondFactor,
    staff: staffMembership && { kind: "staff", ...user, memberships, ...inTimeZone(staffMembership) },
    member: customerMembership && { kind: "member", ...user, memberships, ...inTimeZone(customerMembership) },
    selectedAccounts: [resellerId, customerId],
    suspendedBy: [...staffMemberships, ...customerMemberships].find((membership) => !isActive(membership))?.reseller
      .name,
  }
}

const isActive = ({ reseller }: { reseller: { suspendedAt: Date | null } }) => reseller.suspendedAt === null
