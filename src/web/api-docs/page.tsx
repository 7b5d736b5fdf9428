import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { assets } from "../../../.generated/assets.ts"
import { Failure } from "../../domain/failure.ts"
import type { AppEnv } from "../../http/context.ts"
import type { ApiDocument } from "../../http/openapi.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { en } from "../../text/en.ts"
import { LogoMark } from "../ui/brand.tsx"
import { Document } from "../ui/layout.tsx"
import { EndpointCard } from "./endpoint.tsx"
import { WebhookEvents } from "./events.tsx"
import { Introduction } from "./introduction.tsx"
import { type DocsPage, docsPages } from "./model.ts"
import { VersionHistory } from "./versions.tsx"

/** The API reference, rendered from the OpenAPI document: a page for each group of calls. Public, like the document itself. */
export function apiDocsRoutes(loadDocument: (c: Context<AppEnv>) => Promise<ApiDocument>) {
  return new Router()
    .serve("api.docs", async (c) => {
      const document = await loadDocument(c)
      return c.html(<IntroductionPage {...{ document }} pages={docsPages(document)} />)
    })
    .serve("api.docs.page", async (c) => {
      const document = await loadDocument(c)
      const pages = docsPages(document)
      const page = pages.find(({ slug }) => slug === c.req.param("page"))
      if (!page) throw new Failure({ kind: "not_found" })
      return c.html(<ContentPage {...{ document, pages, page }} />)
    })
}

type PageProps = { document: ApiDocument; pages: DocsPage[] }

const IntroductionPage = ({ document, pages }: PageProps) => (
  <DocsLayout {...{ document, pages }} title={document.info.title}>
    <Introduction {...{ document, pages }} />
  </DocsLayout>
)

function ContentPage({ document, pages, page }: PageProps & { page: DocsPage }) {
  const { slug, name, description, endpoints } = page
  return (
    <DocsLayout {...{ document, pages, page }} title={name}>
      <p class="muted">{description}</p>
      {endpoints.length > 0 && <ApiKeyCard />}
      {endpoints.map((endpoint) => (
        <EndpointCard document={document} {...endpoint} />
      ))}
      {slug === "webhook-events" && <WebhookEvents document={document} />}
      {slug === "versions" && <VersionHistory {...document["x-versions"]} />}
    </DocsLayout>
  )
}

type DocsLayoutProps = PageProps & {
  title: string
  /** Undefined for the introduction. */
  page?: DocsPage
  children: Child
}

/** All pages on the left, the content, and the pages before and after it. */
function DocsLayout({ document, pages, page, title, children }: DocsLayoutProps) {
  const apiTitle = document.info.title
  const start = { name: "Introduction", path: href("api.docs") }
  const order = [start, ...pages]
  const position = page ? pages.indexOf(page) + 1 : 0
  const [previous, next] = [order[position - 1], order[position + 1]]
  const current = (path: string) => (path === order[position]?.path ? "page" : undefined)
  return (
    <Document t={en} title={page ? `${title} · ${apiTitle}` : apiTitle} stylesheet={assets.docsCss} isGuest>
      {page && <script src={assets.docs} defer />}
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <header class="sidebar">
        <a class="brand" href={href("dashboard.show")}>
          <LogoMark />
          <span class="brand-name">{apiTitle}</span>
        </a>
        <nav aria-label="API">
          {order.map(({ name, path }) => (
            <a href={path} aria-current={current(path)}>
              {name}
            </a>
          ))}
          <a href={`${start.path}#errors`}>Errors</a>
          <a href={href("api.openapi")}>OpenAPI document</a>
        </nav>
      </header>
      <main id="main" class="docs" tabindex={-1}>
        <div class="page-header">
          <h1 id="start">{title}</h1>
        </div>
        {children}
        <nav class="neighbors" aria-label="Next pages">
          {previous && (
            <a href={previous.path} rel="prev">
              ← {previous.name}
            </a>
          )}
          {next && (
            <a class="next" href={next.path} rel="next">
              {next.name} →
            </a>
          )}
        </nav>
      </main>
    </Document>
  )
}

/** The key for the forms of this page. Hidden without script. */
const ApiKeyCard = () => (
  <section class="card card-body" data-needs-script hidden>
    <div class="field">
      <label for="api-key">Your API key, to send requests from this page</label>
      <input id="api-key" type="password" autocomplete="off" spellcheck={false} aria-describedby="api-key-hint" />
      <p class="help" id="api-key-hint">
        The key stays on this page and is forgotten when you leave. Requests are real and act on your company's data.
      </p>
    </div>
  </section>
)
