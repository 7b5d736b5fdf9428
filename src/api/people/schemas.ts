import * as z from "zod"
import type { Person } from "../../domain/people-lists.ts"
import { idSchema, timestamp } from "../schemas.ts"

/** The fields of a person besides their role. */
export const personFields = {
  id: idSchema("usr"),
  name: z.string().meta({ examples: ["Robin Hale"] }),
  email: z.string().meta({ examples: ["robin@acme.example"] }),
}

export const joinedAt = timestamp.meta({ description: "When the person accepted the invite." })

/** After the id in the cursor of a list of people: when the person joined. */
export const JOINED_AT = "\\.\\d{1,15}"

/** The fields of a person, with a role of this kind of account. */
export const toPerson = <Role extends Person["role"]>(person: Person, roles: readonly Role[]) => {
  const role = roles.find((name) => name === person.role)
  if (!role) throw new Error(`there is no role ${person.role} in this account`)
  return { id: person.id, name: person.name, email: person.email, role, joined_at: person.joinedAt.toISOString() }
}
