import * as z from "zod"
import { type Invite, type Locale, MEMBER_ROLES, STAFF_ROLES } from "../storage/schema.ts"
import { emailAddress, line, textBlock } from "./fields.ts"
import { NOTE_MAX } from "./invite-fields.ts"
import { emailLocale } from "./locales.ts"

export const ROLE_RULE = "Choose a role."

/** What a person may be in an account of this kind. */
export const ROLES = { staff: STAFF_ROLES, member: MEMBER_ROLES } as const

export type PersonKind = keyof typeof ROLES

/** A role that one can have in an account of this kind. */
export const roleIn = (kind: PersonKind) => z.enum(ROLES[kind], ROLE_RULE)

/** The fields of an invite to an account that is there: a colleague's, or staff's. */
export function personFields(kind: PersonKind) {
  return z.object({
    contact_name: line("Enter the person's name."),
    contact_email: emailAddress("Enter the address the invite goes to."),
    role: roleIn(kind),
    locale: emailLocale.optional(),
    note: textBlock(NOTE_MAX),
  })
}

export type PersonFields = Pick<Invite, "note"> &
  Record<"contact_name" | "contact_email", string> & {
    role: NonNullable<Invite["role"]>
    locale?: Locale | undefined
  }
