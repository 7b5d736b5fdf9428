import { and, eq, ne, type SQL } from "drizzle-orm"
import { pendingSignIns, type SecurityNotice, sessions } from "../../storage/schema.ts"
import type { SessionUser } from "../access/session-user.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { personalAuditStatement } from "../identity/personal-audit.ts"
import { securityNoticeStatement } from "../identity/security-notice.ts"

/** How the audit log names each change of one's own factors. */
const CHANGES = {
  passkey_added: "passkey added",
  passkey_removed: "passkey removed",
  authenticator_added: "authenticator app added",
  authenticator_removed: "authenticator app removed",
  recovery_codes_created: "new recovery codes",
} as const satisfies Partial<Record<SecurityNotice, string>>

/** The statements that go with a change of the person's own factors: other sessions end, the change is audited and emailed. */
export function factorChangeStatements(
  deps: Pick<Deps, "db" | "now" | "config">,
  { user, sessionId }: SessionUser,
  change: keyof typeof CHANGES,
  condition: SQL,
): Statement[] {
  return [
    personalAuditStatement(deps, user, "factors_changed", { detail: `${user.name}: ${CHANGES[change]}`, condition }),
    securityNoticeStatement(deps, user, change, condition),
    deps.db.delete(sessions).where(and(eq(sessions.userId, user.id), ne(sessions.id, sessionId), condition)),
    endPendingSignInsStatement(deps, user.id, condition),
  ]
}

/** The statement that ends a person's sign-ins that still wait for a second factor. */
export function endPendingSignInsStatement({ db }: Pick<Deps, "db">, userId: string, condition: SQL) {
  return db.delete(pendingSignIns).where(and(eq(pendingSignIns.userId, userId), condition))
}
