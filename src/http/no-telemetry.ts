// Stands for `@better-auth/telemetry` in the Worker (wrangler.toml): we send none, so that its code isn't deployed either.

/** What Better Auth reports to. */
export const createTelemetry = async () => ({ publish: async () => undefined })
