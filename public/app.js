// What htmx doesn't do: times in the viewer's time zone, failures, shortcuts, copying, previews. Every page works without this script.

import "./app/billing-select.js"
import "./app/copy.js"
import "./app/countdowns.js"
import "./app/failures.js"
import "./app/focus.js"
import "./app/offline.js"
import "./app/palette.js"
import "./app/passwords.js"
import "./app/previews.js"
import "./app/search.js"
import "./app/selection.js"
import "./app/shortcuts.js"
import "./app/submit-once.js"
import "./app/swaps.js"
import "./app/times.js"

document.documentElement.dataset.scripted = ""
