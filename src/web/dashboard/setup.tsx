import type { Setup, SetupStep } from "../../domain/dashboard/setup.ts"
import { href } from "../../routes.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { Form } from "../ui/form.tsx"

const PATHS: Record<SetupStep, string> = {
  billing: href("billing.new"),
  invite: href("customers.invites.new"),
  brand: href("settings.company.edit"),
  colleague: href("staff.invites.new"),
}

/** The first steps of a new reseller. The next one stands out. */
export function SetupCard({ setup, t }: { setup: Setup; t: StaffMessages }) {
  const texts = t.staff.dashboard.setup
  return (
    <section class="card" aria-labelledby="setup">
      <div class="card-header">
        <h2 id="setup">{texts.heading}</h2>
        <Form action={href("dashboard.dismissSetup")}>
          <button class="link muted" type="submit">
            {texts.dismiss}
          </button>
        </Form>
      </div>
      <ol class="setup">
        {setup.map(({ step, isDone }) => (
          <li class={isDone ? "done" : undefined}>
            {isDone ? (
              <span>
                <span class="visually-hidden">{texts.done} </span>
                {texts.steps[step]}
              </span>
            ) : (
              <a href={PATHS[step]}>{texts.steps[step]}</a>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
