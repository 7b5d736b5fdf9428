import type * as z from "zod"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import { can, type Permission } from "../domain/access/permissions.ts"
import type { ProblemFieldError } from "./problem-details.ts"

type FieldProblem = z.infer<typeof ProblemFieldError>

/** The field of an error that has the id of a record, and what a key needs to be told whose it is. */
const OWNER_PERMISSIONS = {
  invite_id: "invites:read",
  customer_id: "customers:read",
  staff_invite_id: "staff:read",
  staff_id: "staff:read",
} as const satisfies Partial<Record<keyof FieldProblem, Permission>>
type OwnerField = keyof typeof OWNER_PERMISSIONS
const OWNER_FIELDS = Object.keys(OWNER_PERMISSIONS) as OwnerField[]

/** The error without the id and name of a record that the key can't read. */
export function hideOwner(key: ApiKeyActor, error: FieldProblem): FieldProblem {
  const field = OWNER_FIELDS.find((name) => error[name] !== undefined)
  if (!field || can(key, OWNER_PERMISSIONS[field])) return error
  const { [field]: _, ...rest } = error
  return {
    ...rest,
    detail: `Another record already has this value. To see which one, use an API key with the scope ${OWNER_PERMISSIONS[field]}.`,
  }
}
