import * as z from "zod"
import { type Invite, type InviteKind, MEMBER_ROLES, STAFF_ROLES } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { LOCALES, localeField } from "../../text/locales.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { Permission } from "../access/permissions.ts"
import { metadataField } from "../metadata.ts"
import { emailField, multiLine, optionalSingleLine, phoneField, singleLine, validateFields } from "../validation.ts"

export const INVITE_LIFETIME_MAX_DAYS = 90
const EXPIRES_IN_DAYS_RULE = staffEn.fieldErrors.expires_in_days(INVITE_LIFETIME_MAX_DAYS)
export const NOTE_MAX = 500
export const EXTERNAL_ID_MAX = 255

/** The number of days until an invite expires. */
export const expiresInDaysField = z
  .int(EXPIRES_IN_DAYS_RULE)
  .min(1, EXPIRES_IN_DAYS_RULE)
  .max(INVITE_LIFETIME_MAX_DAYS, EXPIRES_IN_DAYS_RULE)

export const ROLE_RULE = en.fieldErrors.required.role

/** The roles in each kind of account. */
export const ROLES = { staff: STAFF_ROLES, member: MEMBER_ROLES } as const
export type AccountKind = keyof typeof ROLES

/** The role of a person in this kind of account. */
export const roleField = (kind: AccountKind) => z.enum(ROLES[kind], ROLE_RULE)

const personNameField = singleLine(en.fieldErrors.required.contact_name).meta({ examples: ["Priya Nair"] })

type FieldInput = "text" | "textarea" | "email" | "tel" | "number" | "language" | "role" | "metadata"

/** A part of the form for a customer's invite. */
export type InviteSection = "customer" | "billing" | "options"

/** How a form shows a field. */
export type InputField<Input = Exclude<FieldInput, "role">> = {
  input: Input
  range?: { min: number; max: number }
}

export type InviteField<Column extends keyof Invite = keyof Invite> = InputField<FieldInput> & {
  column: Column
  kinds: readonly InviteKind[]
  /** Validates a value. Its metadata documents the field in API requests. */
  rule: z.ZodType<Invite[Column] | undefined>
  /** Rules for kinds of invites that differ from `rule`. */
  rulesByKind?: Partial<Record<InviteKind, z.ZodType<Invite[Column]>>>
  /** The schema of the field in API responses; null if they don't have it. */
  response: z.ZodType<Invite[Column]> | z.ZodType<NonNullable<Invite[Column]>> | null
  /** The permission to see the field. */
  permission?: Permission
  /** The section of the form for a customer's invite; null if it doesn't have the field. */
  section: InviteSection | null
  /** Shares a row of the form with the field beside it. */
  isHalfWidth?: true
}

/**
 * Every field of an invite, under the name that forms and the API use, in their order. Validation, forms, the edit patch, the API's
 * schemas and the details on the invite's page are derived from this table.
 */
export const INVITE_FIELDS = {
  company_name: {
    column: "companyName",
    kinds: ["customer"],
    rule: singleLine(staffEn.rules.customer_name).meta({
      description: "Company Name: the business name of the customer.",
      examples: ["Northwind Logistics"],
    }),
    response: z.string().meta({ examples: ["Northwind Logistics"] }),
    input: "text",
    section: "customer",
  },
  contact_name: {
    column: "contactName",
    kinds: ["customer", "staff", "member"],
    rule: singleLine(staffEn.rules.customer_contact).meta({
      description: "Contact Name: the person responsible for setting up the account. Becomes its default Admin.",
      examples: ["Priya Nair"],
    }),
    rulesByKind: { staff: personNameField, member: personNameField },
    response: z.string().meta({ examples: ["Priya Nair"] }),
    input: "text",
    section: "customer",
    isHalfWidth: true,
  },
  contact_email: {
    column: "contactEmail",
    kinds: ["customer", "staff", "member"],
    rule: emailField(en.fieldErrors.required.contact_email).meta({
      description:
        "Contact Email Address: where the invite is sent. Stored in lowercase, with an international domain in Punycode.",
      examples: ["priya@northwind.example"],
    }),
    response: z.string().meta({ examples: ["priya@northwind.example"] }),
    input: "email",
    section: "customer",
    isHalfWidth: true,
  },
  role: {
    column: "role",
    kinds: ["staff", "member"],
    rule: z.enum([...STAFF_ROLES, ...MEMBER_ROLES], ROLE_RULE),
    rulesByKind: { staff: roleField("staff"), member: roleField("member") },
    response: null,
    input: "role",
    section: null,
  },
  billing_email: {
    column: "billingEmail",
    kinds: ["customer"],
    rule: emailField(staffEn.rules.billing_email).meta({
      description:
        "Billing Email Address: the email address of the billing account that manages this customer. The account must already exist.",
      examples: ["billing@acme.example"],
    }),
    response: z
      .string()
      .nullable()
      .meta({ examples: ["billing@acme.example"] }),
    permission: "billing:read",
    input: "email",
    section: "billing",
    isHalfWidth: true,
  },
  billing_phone: {
    column: "billingPhone",
    kinds: ["customer"],
    rule: phoneField(staffEn.rules.billing_phone).meta({
      description:
        "Billing Phone Number: the phone number of that billing account. Without country code, it is read as a number of the reseller's country.",
      examples: ["+1 415 555 0132"],
    }),
    response: z
      .string()
      .nullable()
      .meta({ description: "In E.164 format.", examples: ["+14155550132"] }),
    permission: "billing:read",
    input: "tel",
    section: "billing",
    isHalfWidth: true,
  },
  note: {
    column: "note",
    kinds: ["customer", "staff", "member"],
    rule: multiLine(NOTE_MAX).meta({
      description: "A note to the contact, shown in the email as plain text.",
      examples: ["Looking forward to working with you."],
    }),
    response: z.string().nullable(),
    input: "textarea",
    section: "options",
  },
  locale: {
    column: "locale",
    kinds: ["customer", "staff", "member"],
    rule: localeField.optional().meta({
      description: "The language of the contact's emails and pages. A new invite defaults to the reseller's setting.",
      examples: ["en"],
    }),
    response: z.enum(LOCALES).meta({ description: "The language of the contact's emails and pages." }),
    input: "language",
    section: "options",
    isHalfWidth: true,
  },
  expires_in_days: {
    column: "expiresInDays",
    kinds: ["customer"],
    rule: expiresInDaysField.optional().meta({
      description:
        "The number of days until the registration link expires, counted from the latest send. A new invite defaults to the reseller's setting, initially 14.",
      examples: [14],
    }),
    response: null,
    input: "number",
    range: { min: 1, max: INVITE_LIFETIME_MAX_DAYS },
    section: "options",
    isHalfWidth: true,
  },
  external_id: {
    column: "externalId",
    kinds: ["customer"],
    rule: optionalSingleLine(EXTERNAL_ID_MAX).meta({
      description:
        "Your own id of this customer, such as that in your CRM. No two pending invites and customers of a reseller have the same one. The contact doesn't see it; the customer gets it.",
      examples: ["crm-4711"],
    }),
    response: z
      .string()
      .nullable()
      .meta({ examples: ["crm-4711"] }),
    input: "text",
    section: "options",
  },
  metadata: {
    column: "metadata",
    kinds: ["customer"],
    rule: metadataField().meta({
      description:
        "Your own values by key, such as the plan in your CRM: up to 20 keys of up to 40 characters, without colons and square brackets, with up to 500 characters each. The contact doesn't see them; the customer gets them. In a change, null or an empty text deletes a key, and null instead of the object deletes all.",
      examples: [{ plan: "gold" }],
    }),
    response: z.record(z.string(), z.string()).meta({ examples: [{ plan: "gold" }] }),
    input: "metadata",
    section: "options",
  },
} as const satisfies Record<string, { [Column in keyof Invite]: InviteField<Column> }[keyof Invite]>

export type InviteFields = typeof INVITE_FIELDS
export type InviteFieldName = keyof InviteFields
export type FieldColumn = InviteFields[InviteFieldName]["column"]

/** Fields that a new invite doesn't get as they were validated: the reseller has defaults for them, or its billing account has them. */
const COMPUTED_FIELDS = [
  "billing_email",
  "billing_phone",
  "locale",
  "expires_in_days",
] as const satisfies InviteFieldName[]
type ComputedColumn = InviteFields[(typeof COMPUTED_FIELDS)[number]]["column"]

// The columns that only operations write.
type AudienceColumn = "resellerId" | "kind" | "audienceId" | "billingAccountId" | "customerId"
type EmailColumn = "emailStatus" | "emailError" | "emailSinceVersion" | "latestEmailId" | "sendCount" | "lastSentAt"
type TimeColumn =
  | "createdAt"
  | "sendAt"
  | "resentAt"
  | "remindAt"
  | "expiresAt"
  | "openedAt"
  | "formStartedAt"
  | "acceptedAt"
  | "updatedAt"
  | "purgedAt"
  | "firstSentAt"
  | "funnelStepAt"
type StateColumn = "id" | "reference" | "status" | "linkVersion" | "lastChangeId" | "invitedBy" | "funnelStep"

/** A column that is neither among these nor in the table above doesn't compile. */
type ManagedColumn = AllOf<Exclude<keyof Invite, FieldColumn>, AudienceColumn | EmailColumn | TimeColumn | StateColumn>
type AllOf<Needed extends Listed, Listed> = Needed & Listed

/** What determines a new invite. `insertInvite` sets the other columns, and what is missing here as the reseller has it. */
export type InviteDraft = Omit<Pick<Invite, FieldColumn | (ManagedColumn & AudienceColumn)>, DefaultColumn> &
  Partial<Record<"locale", Invite["locale"] | undefined> & Record<"expiresInDays", number | undefined>>

type DefaultColumn = "billingAccountId" | "locale" | "expiresInDays"

export type FieldNameOf<Kind extends InviteKind> = {
  [Name in InviteFieldName]: Kind extends InviteFields[Name]["kinds"][number] ? Name : never
}[InviteFieldName]

type FieldSchema<Kind extends InviteKind> = z.ZodObject<{ [Name in FieldNameOf<Kind>]: InviteFields[Name]["rule"] }>

/** The valid fields of an invite of this kind. */
export type InviteValues<Kind extends InviteKind> = z.infer<FieldSchema<Kind>>

/** The table as a list of names and fields. */
export const FIELD_LIST: [InviteFieldName, InviteField][] = Object.entries(INVITE_FIELDS) as []

/** The columns that a new invite gets as they were validated. */
export const PLAIN_COLUMNS = FIELD_LIST.filter(([name]) => !COMPUTED_FIELDS.some((computed) => computed === name)).map(
  ([, { column }]) => column,
) as Exclude<FieldColumn, ComputedColumn>[]

/** The names of a kind's fields, in their order. */
export const fieldNames = (kind: InviteKind): InviteFieldName[] =>
  FIELD_LIST.filter(([, { kinds }]) => kinds.includes(kind)).map(([name]) => name)

const schemaOf = (kind: InviteKind) =>
  z.object(
    Object.fromEntries(
      fieldNames(kind).map((name) => {
        const { rule, rulesByKind }: InviteField = INVITE_FIELDS[name]
        return [name, rulesByKind?.[kind] ?? rule]
      }),
    ),
  )

const SCHEMAS = { customer: schemaOf("customer"), staff: schemaOf("staff"), member: schemaOf("member") }

/** The schema of the fields of this kind of invite. */
export function inviteSchema<Kind extends InviteKind>(kind: Kind): FieldSchema<Kind>
export function inviteSchema(kind: InviteKind): z.ZodObject {
  return SCHEMAS[kind]
}

/** Validates only the fields that are in `input`. */
export function validatePatch(kind: InviteKind, input: Record<string, unknown>) {
  const { values, errors } = validateFields(inviteSchema<InviteKind>(kind), input)
  const isPresent = (field: string) => input[field] !== undefined
  const presentValues: typeof values = Object.fromEntries(Object.entries(values).filter(([field]) => isPresent(field)))
  return { values: presentValues, errors: errors.filter(({ field }) => isPresent(field)) }
}
