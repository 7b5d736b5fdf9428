import type { ApiDocument } from "../../http/openapi.ts"
import { href } from "../../routes.ts"
import { Inline, Markdown } from "./markdown.tsx"
import { type DocsPage, endpointId } from "./model.ts"

/** How to begin, each call with a link to its page, and the errors, whose types are URLs of this page. */
export function Introduction({ document, pages }: { document: ApiDocument; pages: DocsPage[] }) {
  const server = document.servers?.[0]?.url ?? ""
  return (
    <>
      <section class="card card-body prose">
        <Markdown text={document.info.description ?? ""} />
        <pre
          class="code"
          tabindex={0}
        >{`curl ${new URL(href("api.invites.list"), server)} -H "Authorization: Bearer $KEY"`}</pre>
        <pre class="code" tabindex={0}>
          {`import { createClient } from "@vestibule/client"

const client = createClient({ baseUrl: "${new URL(server).origin}", apiKey: process.env.KEY ?? "" })`}
        </pre>
      </section>
      <section aria-labelledby="calls">
        <h2 id="calls">Calls</h2>
        <div class="card card-body">
          <dl class="definitions calls">
            {pages.map(({ slug, name, description, path, endpoints }) => (
              <>
                <dt id={slug}>
                  <a href={path}>{name}</a>
                </dt>
                <dd>
                  {endpoints.length === 0 && description}
                  {endpoints.map((endpoint) => {
                    const id = endpointId(endpoint)
                    return (
                      <a id={id} href={`${path}#${id}`}>
                        {endpoint.operation.summary}
                      </a>
                    )
                  })}
                </dd>
              </>
            ))}
          </dl>
        </div>
      </section>
      <Problems document={document} />
    </>
  )
}

function Problems({ document }: { document: ApiDocument }) {
  const problems: { code: string; status: number; title: string; meaning: string }[] = document["x-problems"] ?? []
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors</h2>
      <p class="muted">Each error has a code, which never changes.</p>
      <div class="card card-body">
        <dl class="definitions">
          {problems.map(({ code, status, title, meaning }) => (
            <>
              <dt id={code}>
                <code>{code}</code>
                <span class="muted">{status}</span>
              </dt>
              <dd>
                <span class="emphasis">{title}.</span> <Inline text={meaning} />
              </dd>
            </>
          ))}
        </dl>
      </div>
    </section>
  )
}
