// What htmx doesn't do: times in the viewer's time zone, countdowns, previews. Every page works without this script.

import "./app/billing-select.js"
import "./app/copy.js"
import "./app/countdowns.js"
import "./app/options-summary.js"
import "./app/passwords.js"
import "./app/previews.js"
import "./app/search.js"
import "./app/selection.js"
import "./app/submit-once.js"
import "./app/swaps.js"
import "./app/times.js"
import "./app/toasts.js"

document.documentElement.dataset.scripted = ""
