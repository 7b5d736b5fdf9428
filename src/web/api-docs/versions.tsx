import { Inline, Markdown } from "./markdown.tsx"

export type Versions = { policy: string; changelog: { version: string; date: string; changes: string[] }[] }

/** What callers can rely on, and what changed. */
export function VersionHistory({ policy, changelog }: Versions) {
  return (
    <>
      <div class="card card-body prose">
        <Markdown text={policy} />
      </div>
      <div class="card card-body">
        <dl class="definitions">
          {changelog.map(({ version, date, changes }) => (
            <>
              <dt>
                <code>{version}</code>
                <span class="muted">{date}</span>
              </dt>
              <dd>
                {changes.map((change) => (
                  <p>
                    <Inline text={change} />
                  </p>
                ))}
              </dd>
            </>
          ))}
        </dl>
      </div>
    </>
  )
}
