import { createApp } from "../app.ts"
import { mailboxRoutes } from "./mailbox.tsx"

/** The service as a developer's machine runs it. */
export const app = createApp([mailboxRoutes])
