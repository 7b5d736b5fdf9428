import type { Context } from "hono"
import { assets } from "../../../.generated/assets.ts"
import type { AppEnv } from "../../http/context.ts"
import { type ApiDocument, resolveSchema } from "../../http/openapi.ts"
import { Router } from "../../http/router.ts"
import { API_BASE, href } from "../../routes.ts"
import { en } from "../../text/en.ts"
import { LogoMark } from "../ui/brand.tsx"
import { Document } from "../ui/layout.tsx"
import { WebhookEvents } from "./events.tsx"
import { Inline, Markdown } from "./markdown.tsx"
import {
  type ApiResponse,
  bodyFields,
  codeSamples,
  type Endpoint,
  type FieldDoc,
  listEndpoints,
  type Operation,
  type Parameter,
  parameterField,
  problemCodes,
  requestMedia,
} from "./model.ts"
import { VersionsSection } from "./versions.tsx"

/** The API reference, rendered from the OpenAPI document. Public, like the document itself. */
export function apiDocsRoutes(loadDocument: (c: Context<AppEnv>) => Promise<ApiDocument>) {
  const routes = new Router()
  routes.serve("api.docs", async (c) => c.html(<DocsPage document={await loadDocument(c)} />))
  return routes
}

function DocsPage({ document }: { document: ApiDocument }) {
  const endpoints = listEndpoints(document)
  const tags = document.tags ?? []
  const server = document.servers?.[0]?.url ?? ""
  return (
    <Document t={en} title={document.info.title} css={assets.docsCss}>
      <script src={assets.docs} defer />
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <header class="sidebar">
        <a class="brand" href={href("dashboard.show")}>
          <LogoMark />
          <span class="brand-name">{document.info.title}</span>
        </a>
        <nav aria-label="API">
          <a href="#start">Introduction</a>
          {tags.map(({ name }) => (
            <a href={`#${slug(name)}`}>{name}</a>
          ))}
          <a href="#webhook-events">Webhook events</a>
          <a href="#errors">Errors</a>
          <a href="#versions">Versions</a>
          <a href={href("api.openapi")}>OpenAPI document</a>
        </nav>
      </header>
      <main id="main" class="docs" tabindex={-1}>
        <div class="page-header">
          <h1 id="start">{document.info.title}</h1>
        </div>
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
        <section class="card card-body" data-needs-script hidden>
          <div class="field">
            <label for="api-key">Your API key, to send requests from this page</label>
            <input id="api-key" type="password" autocomplete="off" spellcheck={false} aria-describedby="api-key-hint" />
            <p class="help" id="api-key-hint">
              The key stays on this page and is forgotten when you leave. Requests are real and act on your company's
              data.
            </p>
          </div>
        </section>
        {tags.map((tag) => (
          <section aria-labelledby={slug(tag.name)}>
            <h2 id={slug(tag.name)}>{tag.name}</h2>
            <p class="muted">{tag.description}</p>
            {endpoints
              .filter(({ operation }) => operation.tags?.includes(tag.name))
              .map((endpoint) => (
                <EndpointCard document={document} {...endpoint} />
              ))}
          </section>
        ))}
        <WebhookEvents document={document} />
        <Problems document={document} />
        <VersionsSection {...document["x-versions"]} />
      </main>
    </Document>
  )
}

function EndpointCard({ document, method, path, operation }: Endpoint & { document: ApiDocument }) {
  const id = operation.operationId ?? `${method}-${path}`
  const parameters = (operation.parameters ?? []).filter((parameter) => "name" in parameter)
  const body = resolveSchema(document, requestMedia(operation)?.schema)
  const scope = operation.security?.[0]?.apiKey?.[0]
  return (
    <article class="card call" id={id} aria-labelledby={`${id}-name`}>
      <div class="card-header">
        <h3 id={`${id}-name`}>{operation.summary}</h3>
        <code>
          <span class="method">{method.toUpperCase()}</span> {path}
        </code>
      </div>
      <div class="card-body stack">
        {operation.deprecated && <p>Deprecated. It will be removed on {operation["x-sunset"]}.</p>}
        <p>
          {operation.description && <Inline text={`${operation.description} `} />}
          {scope && (
            <span class="muted">
              Requires the scope <code>{scope}</code>.
            </span>
          )}
        </p>
        <div class="samples">
          {codeSamples(document, operation).map(({ label, source }) => (
            <details open>
              <summary>{label}</summary>
              <pre class="code" tabindex={0}>
                {source}
              </pre>
            </details>
          ))}
        </div>
        {parameters.length > 0 && (
          <Fields name="Parameters" fields={parameters.map((parameter) => parameterField(document, parameter))} />
        )}
        {body && <Fields name="Body" fields={bodyFields(document, body)} />}
        <Responses operation={operation} />
        <TryIt {...{ id, method, path, parameters }} example={requestMedia(operation)?.example} />
      </div>
    </article>
  )
}

function Fields({ name, fields }: { name: string; fields: FieldDoc[] }) {
  return (
    <details>
      <summary>{name}</summary>
      <dl class="definitions">
        {fields.map((field) => (
          <>
            <dt>
              <code>{field.name}</code>
              <span class="muted">
                {field.type}
                {field.isRequired ? ", required" : ""}
              </span>
            </dt>
            <dd>
              <Inline text={field.description} />
            </dd>
          </>
        ))}
      </dl>
    </details>
  )
}

function Responses({ operation }: { operation: Operation }) {
  const responses = Object.entries(operation.responses ?? {})
  return (
    <details>
      <summary>Responses</summary>
      <dl class="definitions">
        {responses.map(([status, response]) => (
          <>
            <dt>
              <code>{status}</code>
            </dt>
            <dd>
              {Number(status) < 400 ? (
                <SuccessResponse response={response} />
              ) : (
                problemCodes(response).map((code) => (
                  <a class="code-link" href={`#${code}`}>
                    {code}
                  </a>
                ))
              )}
            </dd>
          </>
        ))}
      </dl>
    </details>
  )
}

function SuccessResponse({ response }: { response: ApiResponse }) {
  const media = response.content?.["application/json"]
  return (
    <>
      <Inline text={response.description ?? ""} />
      {media && (
        <pre class="code" tabindex={0}>
          {JSON.stringify(media.example, null, 2)}
        </pre>
      )}
    </>
  )
}

type TryItProps = { id: string; method: string; path: string; parameters: Parameter[]; example: unknown }

/** A form that public/docs.js sends with the key above. Hidden without script. */
function TryIt({ id, method, path, parameters, example }: TryItProps) {
  return (
    <details data-needs-script hidden>
      <summary>Try it</summary>
      <form class="stack" data-method={method} data-path={`${API_BASE}${path}`} novalidate>
        {parameters.map((parameter) => (
          <div class="field">
            <label for={`${id}-${parameter.name}`}>{parameter.name}</label>
            <input id={`${id}-${parameter.name}`} name={parameter.name} data-in={parameter.in} autocomplete="off" />
          </div>
        ))}
        {example !== undefined && (
          <div class="field">
            <label for={`${id}-body`}>Body</label>
            <textarea id={`${id}-body`} name="body" class="mono" rows={12} data-in="body" spellcheck={false}>
              {JSON.stringify(example, null, 2)}
            </textarea>
          </div>
        )}
        <div class="buttons">
          <button class="button" type="submit" aria-label={`Send ${method.toUpperCase()} ${path}`}>
            Send
          </button>
          <output class="muted" />
        </div>
        <pre class="code" tabindex={0} hidden />
      </form>
    </details>
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

const slug = (name: string) => name.toLowerCase().replaceAll(" ", "-")
