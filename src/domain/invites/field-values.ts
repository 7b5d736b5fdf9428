import type * as z from "zod"
import type { Invite, InviteKind } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { localeName } from "../../text/locales.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { roleName } from "../access/permissions.ts"
import { mergeMetadata, metadataToText, textToMetadata } from "../metadata.ts"
import { parseWholeNumber } from "../validation.ts"
import {
  FIELD_LIST,
  type FieldColumn,
  type FieldNameOf,
  INVITE_FIELDS,
  type InviteFieldName,
  type InviteFields,
  type InviteValues,
  PLAIN_COLUMNS,
} from "./fields.ts"

type Columns<Kind extends InviteKind> = {
  [Name in InviteFieldName as InviteFields[Name]["column"]]: Name extends FieldNameOf<Kind>
    ? z.infer<InviteFields[Name]["rule"]>
    : null
}

/** The columns of valid fields; null where this kind of invite has no such field. */
export function toColumns<Kind extends InviteKind>(kind: Kind, values: InviteValues<Kind>): Columns<Kind> {
  const fields: Record<string, unknown> = values
  const columns = FIELD_LIST.map(([name, { column, kinds }]) => [column, kinds.includes(kind) ? fields[name] : null])
  const { metadata = null } = values as Partial<InviteValues<"customer">>
  return { ...Object.fromEntries(columns), metadata: mergeMetadata(null, metadata) } as Columns<Kind>
}

/** What a statement that creates invites has for each column of `PLAIN_COLUMNS`. */
export const mapPlainColumns = <T>(toValue: (column: (typeof PLAIN_COLUMNS)[number]) => T) =>
  Object.fromEntries(PLAIN_COLUMNS.map((column) => [column, toValue(column)])) as Record<
    (typeof PLAIN_COLUMNS)[number],
    T
  >

/** The fields of an invite as text, for a form. */
export function toText(invite: Invite): Record<InviteFieldName, string> {
  const text = FIELD_LIST.map(([name, { column, input }]) => {
    const value = column === "metadata" ? metadataToText(invite[column]) : String(invite[column] ?? "")
    if (input === "email") return [name, readableAddress(value)]
    return [name, input === "tel" && value ? formatPhone(value) : value]
  })
  return Object.fromEntries(text) as ReturnType<typeof toText>
}

/** Converts the text fields of a form for `validateFields`. An empty number counts as missing. */
export function fromText(text: Record<string, string>): Record<string, unknown> {
  const fields = FIELD_LIST.flatMap(([name, { input }]): [string, unknown][] => {
    const value = text[name]
    if (value === undefined || (input === "number" && !value.trim())) return []
    if (input === "metadata") return [[name, textToMetadata(value)]]
    return [[name, input === "number" ? parseWholeNumber(value) : value]]
  })
  return Object.fromEntries(fields)
}

/** The value of a field as people read it. */
export function formatField(t: Messages, name: InviteFieldName, value: Invite[FieldColumn]): string {
  if (value === null) return ""
  switch (INVITE_FIELDS[name].input) {
    case "role":
      return roleName(t, value as NonNullable<Invite["role"]>)
    case "language":
      return localeName(value as Invite["locale"])
    case "tel":
      return formatPhone(String(value))
    case "email":
      return readableAddress(String(value))
    case "metadata":
      return metadataToText(value as Invite["metadata"])
    default:
      return name === "expires_in_days" ? t.invite.days(Number(value)) : String(value)
  }
}
