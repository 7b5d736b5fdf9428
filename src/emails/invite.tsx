import type { Messages } from "../text/en.ts"
import { createInviteEmail } from "./layout/invite-email.tsx"

export const email = (t: Messages) => createInviteEmail(t, t.emails.invite)
