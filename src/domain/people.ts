import { and, type SQL, sql } from "drizzle-orm"
import { insertSelect } from "../storage/insert-select.ts"
import { auditLog, type MemberRole, members, notifications, type StaffRole, staff, users } from "../storage/schema.ts"
import { isKeyOfAdmin } from "./access/api-keys.ts"
import { authorize, authorizeRole, grantableRoles, ROLE_NAMES, rolesWith } from "./access/permissions.ts"
import type { Deps } from "./deps.ts"
import { newPersonEntry } from "./events/person-accounts.ts"
import { endPendingSignInsStatement } from "./factors/changes.ts"
import { hasFactor } from "./factors/has-factor.ts"
import { Failure, type Result } from "./failure.ts"
import { endSessionsStatement, hasOneAccount } from "./identity/sessions.ts"
import { type AccountActor, inviteContextFor, type PeopleActor } from "./invites/audience.ts"
import { ROLE_RULE, roleField } from "./invites/fields.ts"
import { unsentNotifications } from "./mail/digests.ts"
import { accountOf, accountTable, type Person, personQuery } from "./people-lists.ts"
import { hasVersion, requireVersion, type Versions } from "./versions.ts"

/** A person of the account that the actor manages, and whether they are its last Admin. Throws `forbidden` and `not_found`. */
export async function getPerson(
  { db, read }: Deps,
  actor: PeopleActor,
  id: string,
): Promise<Person & { isLastAdmin: boolean; hasSecondFactor: boolean }> {
  if (id !== actor.id) authorize(actor, inviteContextFor(actor).write)
  const { table, account, id: accountId } = accountTable(accountOf(actor))
  const otherAdmin = sql`SELECT user_id FROM ${table} WHERE ${account} = ${accountId} AND role = 'admin' AND user_id <> ${id} LIMIT 1`
  const [[person], otherAdmins, withFactor] = await read([
    personQuery(db, accountOf(actor), id),
    db.select({ id: users.id }).from(users).where(sql`${users.id} IN (${otherAdmin})`),
    db
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.id} = ${id} AND ${hasFactor(id)}`),
  ])
  if (!person) throw new Failure({ kind: "not_found" })
  const isLastAdmin = person.role === "admin" && otherAdmins.length === 0
  return { ...person, isLastAdmin, hasSecondFactor: withFactor.length > 0 }
}

/**
 * Changes a person's role. Returns a field error if the role isn't valid. Throws `forbidden`, `not_found`, `inherited_staff`, `last_admin`
 * if no other Admin would be left, and `role_exceeds_scopes` if an API key can't give the role or the one before it. The version of a person is
 * their role: with `versions`, throws `version_conflict` at any other.
 */
export async function changeRole(
  deps: Deps,
  actor: PeopleActor,
  id: string,
  role: string,
  versions?: Versions,
): Promise<Result<Person>> {
  authorize(actor, inviteContextFor(actor).write)
  const { kind } = accountOf(actor)
  const result = roleField(kind).safeParse(role)
  if (!result.success) return { ok: false, errors: [{ field: "role", code: "invalid", detail: ROLE_RULE }] }
  const { db } = deps
  const newRole = result.data
  authorizeRole(actor, newRole)
  const isAllowed = and(
    matchesPerson(actor, id),
    canStillWrite(actor),
    hasGrantableRole(actor),
    newRole === "admin" ? undefined : keepsAnAdmin(actor, id),
    hasVersion(sql`role`, versions),
  )
  const isChange = sql`${exists(actor, and(isAllowed, sql`role <> ${newRole}`))}`
  const detail = sql`(SELECT name FROM users WHERE id = ${id}) || ': ' || ${roleNameSql(actor, id)} || ' → ' || ${ROLE_NAMES[newRole]}`
  const [[person], , updated] = await db.batch([
    personQuery(db, accountOf(actor), id),
    personAuditStatement(deps, actor, "role_changed", id, { detail, condition: isChange }),
    kind === "staff"
      ? db
          .update(staff)
          .set({ role: newRole as StaffRole })
          .where(isAllowed)
          .returning({ id: staff.userId })
      : db
          .update(members)
          .set({ role: newRole as MemberRole })
          .where(isAllowed)
          .returning({ id: members.userId }),
  ])
  if (person) requireVersion(versions, person.role)
  if (!person || updated.length === 0) throw await explainFailure(deps, actor, person)
  return { ok: true, value: { ...person, role: newRole } }
}

/**
 * Removes a person from the account, or lets them leave. They lose access immediately, and a person who is removed from their only
 * account is signed out; invites and API keys they created stay.
 * Throws what `changeRole` throws.
 */
export async function removePerson(deps: Deps, actor: PeopleActor, id: string, versions?: Versions): Promise<void> {
  const isLeaving = id === actor.id
  if (!isLeaving) authorize(actor, inviteContextFor(actor).write)
  const { db } = deps
  const { kind, id: accountId } = accountOf(actor)
  const isAllowed = and(
    matchesPerson(actor, id),
    isLeaving ? undefined : canStillWrite(actor),
    hasGrantableRole(actor),
    keepsAnAdmin(actor, id),
    hasVersion(sql`role`, versions),
  )
  const detail = sql`(SELECT name FROM users WHERE id = ${id})`
  const notificationStatements =
    kind === "staff"
      ? [
          db
            .delete(notifications)
            .where(and(unsentNotifications(id, accountId), sql`NOT ${exists(actor, isInAccount(actor, id))}`)),
        ]
      : []
  const isSignedOut = sql`${!isLeaving} AND ${exists(actor, isAllowed)} AND ${hasOneAccount(id)}`
  const [[person], , , deleted] = await db.batch([
    personQuery(db, accountOf(actor), id),
    personAuditStatement(deps, actor, isLeaving ? "left" : "removed", id, {
      detail,
      condition: exists(actor, isAllowed),
    }),
    endSessionsStatement(deps, id, isSignedOut), // before the membership, which its condition needs
    kind === "staff"
      ? db.delete(staff).where(isAllowed).returning({ id: staff.userId })
      : db.delete(members).where(isAllowed).returning({ id: members.userId }),
    ...notificationStatements,
  ])
  if (person) requireVersion(versions, person.role)
  if (deleted.length === 0) throw await explainFailure(deps, actor, person)
}

/**
 * Signs a person of the account out on all devices. Throws `forbidden`, `not_found`, `inherited_staff`, and `sessions_shared` if the person also
 * belongs to other accounts, whose Admins weren't asked.
 */
export async function endPersonSessions(deps: Deps, actor: AccountActor, id: string): Promise<void> {
  authorize(actor, inviteContextFor(actor).write)
  const { db } = deps
  const isAllowed = sql`${canChangePerson(actor, id)} AND ${hasOneAccount(id)}`
  const hasSession = sql`EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = ${id})`
  const [[person], [shared]] = await db.batch([
    personQuery(db, accountOf(actor), id),
    db
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.id} = ${id} AND NOT ${hasOneAccount(id)}`),
    personAuditStatement(deps, actor, "sessions_ended", id, {
      detail: sql`(SELECT name FROM users WHERE id = ${id})`,
      condition: sql`${isAllowed} AND ${hasSession}`,
    }),
    endSessionsStatement(deps, id, isAllowed),
    endPendingSignInsStatement(deps, id, isAllowed),
  ])
  if (!person) throw new Failure({ kind: "not_found" })
  if (person.isInherited) throw new Failure({ kind: "inherited_staff" })
  if (shared) throw new Failure({ kind: "sessions_shared" })
}

/** The reason why nothing was changed about a person. */
async function explainFailure({ db }: Deps, actor: PeopleActor, person: Person | undefined): Promise<Failure> {
  if (!person) return new Failure({ kind: "not_found" })
  if (person.isInherited) return new Failure({ kind: "inherited_staff" })
  if (actor.kind === "api_key") {
    authorizeRole(actor, person.role)
    return new Failure({ kind: "forbidden", permission: "staff:write" })
  }
  const [actingPerson] = await personQuery(db, accountOf(actor), actor.id)
  if (!actingPerson || !writingRoles(actor).includes(actingPerson.role)) {
    return new Failure({ kind: "forbidden", permission: inviteContextFor(actor).write })
  }
  return new Failure({ kind: "last_admin" })
}

function isInAccount(actor: PeopleActor, id: string): SQL {
  const { account, id: accountId } = accountTable(accountOf(actor))
  return sql`user_id = ${id} AND ${account} = ${accountId}`
}

/** SQL condition: this is the person, and nobody else decides about them: a sandbox doesn't change who works for its live reseller. */
function matchesPerson(actor: PeopleActor, id: string): SQL {
  return sql`${isInAccount(actor, id)} AND NOT ${accountTable(accountOf(actor)).isInherited}`
}

/** SQL condition on a person: an API key could give them the role that they have. */
const hasGrantableRole = (actor: PeopleActor) =>
  actor.kind === "api_key" ? sql`role IN ${grantableRoles(actor)}` : undefined

/**
 * True while the actor's role, or that of an API key's creator, includes changing people: it may have changed since the request
 * began.
 */
function canStillWrite(actor: PeopleActor): SQL {
  if (actor.kind === "api_key") return isKeyOfAdmin(actor)
  const { table, account, id } = accountTable(accountOf(actor))
  return sql`EXISTS (SELECT 1 FROM ${table} AS acting
    WHERE acting.user_id = ${actor.id} AND acting.${account} = ${id} AND acting.role IN ${writingRoles(actor)})`
}

const writingRoles = (actor: AccountActor) => rolesWith(actor.kind, inviteContextFor(actor).write)

/** SQL condition: the person belongs to the actor's account, and the actor's role still includes changing people. */
export function canChangePerson(actor: AccountActor, id: string): SQL {
  return sql`${exists(actor, matchesPerson(actor, id))} AND ${canStillWrite(actor)}`
}

/** True if the account has another Admin, or this person isn't one. */
function keepsAnAdmin(actor: PeopleActor, id: string): SQL {
  const { table, account, id: accountId } = accountTable(accountOf(actor))
  return sql`(role <> 'admin' OR EXISTS (SELECT 1 FROM ${table} AS other
    WHERE other.${account} = ${accountId} AND other.role = 'admin' AND other.user_id <> ${id}))`
}

function exists(actor: PeopleActor, condition: SQL | undefined): SQL {
  return sql`EXISTS (SELECT 1 FROM ${accountTable(accountOf(actor)).table} WHERE ${condition})`
}

function roleNameSql(actor: PeopleActor, id: string): SQL {
  const names = sql.join(
    Object.entries(ROLE_NAMES).map(([role, name]) => sql.raw(`WHEN '${role}' THEN '${name}'`)),
    sql` `,
  )
  return sql`(SELECT CASE role ${names} END FROM ${accountTable(accountOf(actor)).table} WHERE ${matchesPerson(actor, id)})`
}

/** The statement that records a change to a person. */
function personAuditStatement(
  deps: Deps,
  actor: PeopleActor,
  change: Parameters<typeof newPersonEntry>[2],
  id: string,
  { detail, condition }: { detail: SQL; condition: SQL },
) {
  return insertSelect(deps.db, auditLog, { ...newPersonEntry(deps, actor, change, id), detail }, condition)
}
