import { type ApiDocument, resolveSchema } from "../../http/openapi.ts"
import { API_BASE, href } from "../../routes.ts"
import { Inline } from "./markdown.tsx"
import {
  type ApiResponse,
  bodyFields,
  codeSamples,
  type Endpoint,
  endpointId,
  type FieldDoc,
  type Operation,
  type Parameter,
  parameterField,
  problemCodes,
  requestMedia,
} from "./model.ts"

/** A call, with samples, parameters, responses and a form to try it. */
export function EndpointCard({ document, method, path, operation }: Endpoint & { document: ApiDocument }) {
  const id = endpointId({ method, path, operation })
  const parameters = (operation.parameters ?? []).filter((parameter) => "name" in parameter)
  const body = resolveSchema(document, requestMedia(operation)?.schema)
  const scope = operation.security?.[0]?.apiKey?.[0]
  return (
    <article class="card call" id={id} aria-labelledby={`${id}-name`}>
      <div class="card-header">
        <h2 id={`${id}-name`}>{operation.summary}</h2>
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
                  <a class="code-link" href={`${href("api.docs")}#${code}`}>
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
