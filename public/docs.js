// Sends requests from the API reference with the key entered there. The key isn't stored.

for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false

function requestPath(form) {
  const query = new URLSearchParams()
  let path = form.dataset.path
  for (const input of form.querySelectorAll("[data-in]")) {
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value))
    if (input.dataset.in === "query" && input.value) query.set(input.name, input.value)
  }
  return query.size > 0 ? `${path}?${query}` : path
}

function requestHeaders(form) {
  const headers = { Authorization: `Bearer ${document.getElementById("api-key").value}` }
  for (const input of form.querySelectorAll("[data-in=header]")) if (input.value) headers[input.name] = input.value
  if (form.elements.body) headers["Content-Type"] = "application/json"
  return headers
}

async function sendRequest(event) {
  const form = event.target
  if (!form.dataset.method) return
  event.preventDefault()
  const status = form.querySelector("output")
  const output = form.querySelector("pre")
  status.textContent = "Sending…"
  try {
    const response = await fetch(requestPath(form), {
      method: form.dataset.method.toUpperCase(),
      headers: requestHeaders(form),
      body: form.elements.body?.value,
    })
    const text = await response.text()
    const rateLimit = response.headers.get("RateLimit")
    status.textContent = [response.status, rateLimit].filter(Boolean).join(" · ")
    const isJson = response.headers.get("Content-Type")?.includes("json")
    output.textContent = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text || "No content"
    output.hidden = false
  } catch (error) {
    status.textContent = `No response: ${error.message}`
  }
}

document.addEventListener("submit", sendRequest)
