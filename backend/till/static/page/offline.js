// The service worker that opens this page without a connection, and the way to a new release: the page is loaded anew
// when nobody is being served.

import { isPractising } from "./api.js";
import { current, onAnyStep } from "./desk.js";

const LOOK_FOR_RELEASE_MS = 3_600_000;
const codeField = document.getElementById("code");
let releaseWaits = false;

/** Keep this page for times without a connection. Over an insecure connection browsers do not permit it. */
export async function keepPage() {
  // Without this a browser short of space may clear what waits here.
  navigator.storage?.persist?.();
  if (!navigator.serviceWorker) return;
  // The first worker that takes the page over came with it; each one after that is a new release.
  let isKept = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    releaseWaits ||= isKept;
    isKept = true;
    loadWhenIdle();
  });
  try {
    const registration = await navigator.serviceWorker.register("/till/worker.js", { scope: "/till" });
    setInterval(() => registration?.update().catch(() => {}), LOOK_FOR_RELEASE_MS);
    // A page that is opened for the first time did not come by way of the worker.
    (await navigator.serviceWorker.ready).active.postMessage({ language: document.documentElement.lang });
  } catch {
    // Without a connection, or forbidden by the browser: the page that is open works on.
  }
}

onAnyStep(loadWhenIdle);

function loadWhenIdle() {
  if (releaseWaits && current.step === "scan" && !current.advocate && !codeField.value && !isPractising()) location.reload();
}
