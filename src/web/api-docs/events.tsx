import type { ApiDocument } from "../../http/openapi.ts"
import { Inline } from "./markdown.tsx"
import { requestMedia } from "./model.ts"

/** What webhooks receive: each event with its example. */
export function WebhookEvents({ document }: { document: ApiDocument }) {
  return (
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
  )
}
