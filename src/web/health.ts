import { checkReadiness } from "../http/readiness.ts"
import { Router } from "../http/router.ts"

/** For whoever watches the deployment. They answer on any host, and without settings. */
export const healthRoutes = new Router()
  .serve("health.alive", (c) => {
    c.header("Cache-Control", "no-store")
    return c.json({ status: "alive" })
  })
  .serve("health.ready", async (c) => {
    c.header("Cache-Control", "no-store")
    const { isReady, checks } = await checkReadiness(c.env, new Date())
    return c.json({ status: isReady ? "ready" : "not ready", checks }, isReady ? 200 : 503)
  })
