import type { ApiDocument } from "../../http/openapi.ts"
import { Inline } from "./markdown.tsx"
import { requestMedia } from "./model.ts"

/** What webhooks receive: each event with its example. */
export function WebhookEvents({ document }: { document: ApiDocument }) {
  return (
    <section aria-labelledby="webhook-events">
      <h2 id="webhook-events">Webhook events</h2>
      <p class="muted">What your webhooks receive by POST, and what the list of events contains.</p>
      <div class="card card-body">
        <dl class="definitions">
          {Object.entries(document.webhooks ?? {}).map(([type, { post }]) => (
            <>
              <dt>
                <code>{type}</code>
              </dt>
              <dd>
                <details>
                  <summary>
                    <Inline text={post?.description ?? ""} />
                  </summary>
                  <pre class="code" tabindex={0}>
                    {JSON.stringify(post && requestMedia(post)?.example, null, 2)}
                  </pre>
                </details>
              </dd>
            </>
          ))}
        </dl>
      </div>
    </section>
  )
}
