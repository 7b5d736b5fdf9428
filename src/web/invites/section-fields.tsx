import {
  INVITE_FIELDS,
  INVITE_LIFETIME_MAX_DAYS,
  type InputField,
  type InviteFieldName,
  type InviteFields as InviteFieldTable,
  type InviteSection,
  inviteSchema,
  NOTE_MAX,
} from "../../domain/invites/fields.ts"
import type { FormState } from "../../http/forms.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { Field, LanguageSelect } from "../ui/fields.tsx"

/** A field that is in the form for customer invites. */
type SectionFieldName = {
  [Name in InviteFieldName]: InviteFieldTable[Name] extends { section: InviteSection } ? Name : never
}[InviteFieldName]

type SectionFieldsProps = {
  section: InviteSection
  form: FormState
  t: StaffMessages
  help?: Partial<Record<SectionFieldName, string>>
  /** A field that stands elsewhere. */
  except?: SectionFieldName | undefined
}

/** The fields of one section. Those that share a row come first, otherwise they are in the order of `INVITE_FIELDS`. */
export function SectionFields({ section, form, t, help = {}, except }: SectionFieldsProps) {
  const { fieldLabels, form: texts } = t.staff.invites
  const helps = { ...helpTexts(t), ...help }
  const labelOf = (name: SectionFieldName) => (isNullable(name) ? texts.optional(fieldLabels[name]) : fieldLabels[name])
  return (
    <>
      {SECTION_ROWS[section].map((names) => {
        const shown = names.filter((name) => name !== except)
        const inputs = shown.map((name) => (
          <InviteFieldInput
            {...{ name, form }}
            label={labelOf(name)}
            help={helps[name]}
            summary={summaryData(name, t)}
          />
        ))
        return inputs.length > 1 ? <div class="form-row">{inputs}</div> : inputs
      })}
    </>
  )
}

function helpTexts({ staff, inviteForm }: StaffMessages): Partial<Record<SectionFieldName, string>> {
  return {
    ...staff.invites.fieldHelp,
    note: inviteForm.noteHelp(NOTE_MAX),
    locale: inviteForm.languageHelp,
    expires_in_days: staff.invites.fieldHelp.expires_in_days(INVITE_LIFETIME_MAX_DAYS),
  }
}

/** From which public/app/options-summary.js knows what the summary of the options says of a field. */
function summaryData(name: SectionFieldName, { staff }: StaffMessages): Record<`data-${string}`, string> | undefined {
  const { summary } = staff.invites.form
  switch (name) {
    case "expires_in_days":
      return { "data-summary": summary.expiresAfter("{count}"), "data-summary-one": summary.expiresAfterDay }
    case "note":
    case "external_id":
    case "metadata":
      return { "data-summary": summary[name] }
    default:
      return undefined
  }
}

const SECTION_ROWS = {
  customer: sectionRows("customer"),
  billing: sectionRows("billing"),
  options: sectionRows("options"),
}

/** Two adjacent half-width fields share a row. */
function sectionRows(section: InviteSection): SectionFieldName[][] {
  const rows: SectionFieldName[][] = []
  for (const name of Object.keys(INVITE_FIELDS) as SectionFieldName[]) {
    if (INVITE_FIELDS[name].section !== section) continue
    const row = rows.at(-1)
    if (row?.length === 1 && row.every(isHalfWidth) && isHalfWidth(name)) row.push(name)
    else rows.push([name])
  }
  return section === "options" ? rows.toSorted((row, other) => other.length - row.length) : rows
}

function isHalfWidth(name: SectionFieldName): boolean {
  return "isHalfWidth" in INVITE_FIELDS[name]
}

type InviteFieldInputProps = {
  name: SectionFieldName
  form: FormState
  label: string
  help?: string | undefined
  autofocus?: boolean
  /** What the summary of its section says of it. */
  summary?: Record<`data-${string}`, string> | undefined
}

/** The input of one field. */
export function InviteFieldInput({ name, form, label, help, autofocus, summary = {} }: InviteFieldInputProps) {
  const { input, range }: InputField = INVITE_FIELDS[name]
  if (input === "language") return <LanguageSelect {...{ form, label, help }} />
  return (
    <Field
      {...{ form, name, help, ...range }}
      label={label}
      {...(input === "textarea" || input === "metadata" ? { rows: 3 } : { type: input })}
      autocomplete="off"
      required={isRequired(name)}
      autofocus={autofocus}
      data={summary}
    />
  )
}

const { shape } = inviteSchema("customer")

const isRequired = (name: SectionFieldName) => !shape[name].safeParse(undefined).success
const isNullable = (name: SectionFieldName) => shape[name].safeParse(null).success
