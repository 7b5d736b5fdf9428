import { createApp } from "./app.ts"
import { createWorker } from "./worker.ts"

export { ApiLimiter } from "./limiters/api-limiter.ts"
export { EmailLimiter } from "./limiters/email-limiter.ts"
export { MailPacer } from "./limiters/mail-pacer.ts"

export default createWorker(createApp(), (env) => (mail) => env.EMAIL.send(mail))
