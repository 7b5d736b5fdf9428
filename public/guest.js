// What pages outside of an account do in the browser. They need no htmx, and work without this script.

import "./app/copy.js"
import "./app/passwords.js"
import "./app/submit-once.js"
import "./app/times.js"
import "./guest/checked-form.js" // says itself that sending failed, so it comes before the next one
import "./app/offline.js"
import "./guest/progress.js"
import "./password-check.js"
