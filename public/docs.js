// Sends the calls of the API's page with the key typed there. The key is kept nowhere.

for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false

function pathOf(form) {
  const query = new URLSearchParams()
  let path = form.dataset.path
  for (const input of form.querySelectorAll("[data-in]")) {
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value))
    if (input.dataset.in === "query" && input.value) query.set(input.name, input.value)
  }
  return query.size > 0 ? `${path}?${query}` : path
}

function headersOf(form) {
  const headers = { Authorization: `Bearer ${document.getElementById("api-key").value}` }
  for (const input of form.querySelectorAll("[data-in=header]")) if (input.value) headers[input.name] = input.value
  if (form.elements.body) headers["Content-Type"] = "application/json"
  return headers
}

async function send(event) {
  const form = event.target
  if (!form.dataset.try) return
  event.preventDefault()
  const told = form.querySelector("output")
  const shown = form.querySelector("pre")
  told.textContent = "Sending…"
  try {
    const answer = await fetch(pathOf(form), {
      method: form.dataset.try.toUpperCase(),
      headers: headersOf(form),
      body: form.elements.body?.value,
    })
    const text = await answer.text()
    told.textContent = `${answer.status} · ${answer.headers.get("RateLimit") ?? ""}`
    const isJson = answer.headers.get("Content-Type")?.includes("json")
    shown.textContent = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text || "No content"
    shown.hidden = false
  } catch (error) {
    told.textContent = `Not sent: ${error.message}`
  }
}

document.addEventListener("submit", send)
