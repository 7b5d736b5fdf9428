import * as z from "zod"
import { type Invite, MEMBER_ROLES, STAFF_ROLES } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { type Locale, localeField } from "../../text/locales.ts"
import { emailField, multiLine, singleLine } from "../validation.ts"
import { NOTE_MAX } from "./fields.ts"

export const ROLE_RULE = en.fieldErrors.required.role

/** What a person may be in an account of this kind. */
export const ROLES = { staff: STAFF_ROLES, member: MEMBER_ROLES } as const

export type AccountKind = keyof typeof ROLES

/** A role that one can have in an account of this kind. */
export const roleField = (kind: AccountKind) => z.enum(ROLES[kind], ROLE_RULE)

/** The fields of an invite to an account that is there: a colleague's, or staff's. */
export function personFields(kind: AccountKind) {
  return z.object({
    contact_name: singleLine(en.fieldErrors.required.contact_name),
    contact_email: emailField(en.fieldErrors.required.contact_email),
    role: roleField(kind),
    locale: localeField.optional(),
    note: multiLine(NOTE_MAX),
  })
}

export type PersonFields = Pick<Invite, "note"> &
  Record<"contact_name" | "contact_email", string> & {
    role: NonNullable<Invite["role"]>
    locale?: Locale | undefined
  }
