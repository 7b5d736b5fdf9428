import type { Child } from "hono/jsx"
import { assets } from "../../../.generated/assets.ts"
import { replayDeadLetter, replayDeadLetters } from "../../domain/deployment/dead-letters.ts"
import { type DeploymentOverview, getDeployment } from "../../domain/deployment/overview.ts"
import { redirect } from "../../http/htmx.ts"
import { isOperatorSession } from "../../http/operator-session.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import { en } from "../../text/en.ts"
import { LogoMark } from "../ui/brand.tsx"
import { Form } from "../ui/form.tsx"
import { Document, Flash } from "../ui/layout.tsx"
import { DeadLetters, Failures, Suspended, SwitchedOff, Volume, WaitingMessages } from "./cards.tsx"
import { renderOperatorSignIn } from "./sign-in.tsx"
import { Alerts, Stats } from "./state.tsx"

export const operatorRoutes = new Router()

operatorRoutes.serve("operator.show", async (c) => {
  if (!(await isOperatorSession(c))) return renderOperatorSignIn(c)
  const { deps } = c.var
  const overview = await getDeployment(deps)
  const replayed = /^\d{1,3}$/.exec(c.req.query("replayed") ?? "")?.[0]
  return c.html(<OperatorPage platform={deps.config.platformName} {...{ overview, replayed }} />)
})

operatorRoutes.serve("operator.replayAll", async (c) => {
  const count = await replayDeadLetters(c.var.deps)
  logSecurityEvent(c, { event: "dead_letters_replayed", count })
  return redirect(c, href("operator.show", {}, { replayed: count }))
})

operatorRoutes.serve("operator.replay", async (c) => {
  const outboxId = c.req.param("id")
  const count = (await replayDeadLetter(c.var.deps, outboxId)) ? 1 : 0
  if (count > 0) logSecurityEvent(c, { event: "dead_letters_replayed", count, outboxId })
  return redirect(c, href("operator.show", {}, { replayed: count }))
})

const SECTIONS = [
  ["waiting", "Waiting"],
  ["failed", "Failures"],
  ["dead-letters", "Dead letters"],
  ["webhooks", "Webhooks"],
  ["resellers", "Resellers"],
] as const

type PageProps = { platform: string; overview: DeploymentOverview; replayed: string | undefined }

function OperatorPage({ platform, overview, replayed }: PageProps) {
  return (
    <Document t={en} title={`Operator · ${platform}`} css={assets.dashboardCss} isGuest>
      <a class="skip-link" href="#main">
        {en.layout.skipToContent}
      </a>
      <header class="sidebar">
        <a class="brand" href={href("operator.show")}>
          <LogoMark />
          <span class="brand-name">{platform}</span>
        </a>
        <nav aria-label={en.layout.navigation}>
          {SECTIONS.map(([id, name]) => (
            <a href={`#${id}`}>{name}</a>
          ))}
        </nav>
        <Form action={href("operator.signOut")}>
          <button class="link" type="submit">
            {en.layout.signOut}
          </button>
        </Form>
      </header>
      <main id="main" tabindex={-1}>
        <div class="page-header">
          <h1>Deployment</h1>
          <a class="button secondary" href={href("operator.show")}>
            Refresh
          </a>
        </div>
        {replayed !== undefined && <Replayed count={Number(replayed)} />}
        <Alerts overview={overview} />
        <Stats overview={overview} />
        <WaitingMessages overview={overview} />
        <Failures overview={overview} />
        <DeadLetters overview={overview} />
        <SwitchedOff overview={overview} />
        <Volume overview={overview} />
        <Suspended overview={overview} />
      </main>
    </Document>
  )
}

function Replayed({ count }: { count: number }): Child {
  if (count === 0) return <Flash tone="warning">Nothing was sent again, because what it was about has changed.</Flash>
  return <Flash tone="success">{count === 1 ? "1 message" : `${count} messages`} will be sent again.</Flash>
}
