import type { Child } from "hono/jsx"
import { readableAddress } from "../../text/readable-address.ts"

/** An email address as people read it. One in another script is kept from reordering the text around it. */
export function addressText(email: string | null): Child {
  const text = email && readableAddress(email)
  return text === email ? email : <bdi dir="ltr">{text}</bdi>
}
