import type { Messages } from "../../text/en.ts"
import { createLinkEmail } from "./shared/link-email.tsx"

export const email = (t: Messages) => createLinkEmail(t, t.emails.confirmCurrentEmail)
