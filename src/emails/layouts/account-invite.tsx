import type { Messages } from "../../text/en.ts"
import { createInviteEmail } from "./shared/invite-email.tsx"

export const email = (t: Messages) => createInviteEmail(t, t.emails.accountInvite)
