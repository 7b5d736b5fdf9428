import { and, desc, eq, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { customers, members, resellers, sessions, staff, users } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import type { Deps } from "../deps.ts"
import { hasFactor } from "../factors/has-factor.ts"
import { isActiveSession, recordUse } from "../identity/sessions.ts"
import type { SignedInUser } from "../invites/link-state.ts"
import type { MemberActor, Membership, StaffActor } from "./actor.ts"

/**
 * The person behind a request: staff of their chosen reseller, member of their chosen customer, both or neither. If neither,
 * `suspendedBy` is a suspended reseller that one of their accounts belongs to.
 */
export type SessionUser = {
  user: SignedInUser & { locale: Locale }
  sessionId: string
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

/**
 * The person of a session with all their accounts; undefined if the session has ended. `preferredAccountId` takes precedence over the
 * chosen accounts.
 */
export async function loadSessionUser(
  { db, now }: Pick<Deps, "db" | "now">,
  sessionToken: string,
  preferredAccountId: string,
): Promise<SessionUser | undefined> {
  const [[sessionRow], staffMemberships, customerMemberships] = await db.batch([
    db
      .select({
        sessionId: sql<string>`${sessions.id}`.as("session_id"),
        id: users.id,
        name: users.name,
        email: users.email,
        locale: users.locale,
        resellerId: sessions.resellerId,
        customerId: sessions.customerId,
        updatedAt: sessions.updatedAt,
        confirmedAt: sql`coalesce(${sessions.confirmedAt}, ${sessions.createdAt})`
          .mapWith(sessions.createdAt)
          .as("confirmed_at"),
        hasSecondFactor: sql`${hasFactor(users.id)}`.mapWith(Boolean).as("has_second_factor"),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.token, sessionToken), isActiveSession(now()))),
    db
      .select({ role: staff.role, reseller: aliasedColumns(resellers, "reseller") })
      .from(sessions)
      .innerJoin(staff, eq(staff.userId, sessions.userId))
      .innerJoin(resellers, eq(resellers.id, staff.resellerId))
      .where(eq(sessions.token, sessionToken))
      .orderBy(
        desc(sql`${staff.resellerId} = ${preferredAccountId}`),
        desc(sql`${staff.resellerId} = ${sessions.resellerId}`),
        desc(staff.createdAt),
      )
      .limit(ACCOUNTS_MAX),
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
      .where(eq(sessions.token, sessionToken))
      .orderBy(
        desc(sql`${members.customerId} = ${preferredAccountId}`),
        desc(sql`${members.customerId} = ${sessions.customerId}`),
        desc(members.createdAt),
      )
      .limit(ACCOUNTS_MAX),
  ])
  if (!sessionRow) return undefined
  const { sessionId, resellerId, customerId, updatedAt, confirmedAt, hasSecondFactor, ...user } = sessionRow
  await recordUse({ db, now }, { id: sessionId, updatedAt })
  const activeStaffMemberships = staffMemberships.filter(isActive)
  const activeCustomerMemberships = customerMemberships.filter(isActive)
  const memberships: Membership[] = [
    ...activeStaffMemberships.map(({ reseller: { id, name } }) => ({
      kind: "staff" as const,
      id,
      name,
      resellerName: name,
    })),
    ...activeCustomerMemberships.map(({ customer: { id, name }, reseller }) => ({
      kind: "member" as const,
      id,
      name,
      resellerName: reseller.name,
    })),
  ]
  // The preferred or chosen account of each kind, otherwise the newest.
  const [staffMembership] = activeStaffMemberships
  const [customerMembership] = activeCustomerMemberships
  return {
    user,
    sessionId,
    confirmedAt,
    hasSecondFactor,
    staff: staffMembership && { kind: "staff", ...user, memberships, ...staffMembership },
    member: customerMembership && { kind: "member", ...user, memberships, ...customerMembership },
    selectedAccounts: [resellerId, customerId],
    suspendedBy: [...staffMemberships, ...customerMemberships].find((membership) => !isActive(membership))?.reseller
      .name,
  }
}

const isActive = ({ reseller }: { reseller: { suspendedAt: Date | null } }) => reseller.suspendedAt === null
