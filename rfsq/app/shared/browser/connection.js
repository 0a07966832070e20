// Whether the page has its server. Streamlit connects again by itself, but then shows what it had until somebody moves something.

/**
 * @param {Document} page
 * @returns {boolean} true also for a page that does not tell
 */
export function isConnected(page) {
  const state = appOf(page)?.dataset.testConnectionState;
  return state === undefined || state === "CONNECTED";
}

/**
 * Call `back` whenever the page has a server again after it had none.
 * @param {() => void} back
 * @returns {() => void} stop watching
 */
export function onReturn(back) {
  const app = appOf(document);
  let connected = isConnected(document);
  const observer = new MutationObserver(() => {
    const before = connected;
    connected = isConnected(document);
    if (connected && !before) back();
  });
  if (app) observer.observe(app, { attributeFilter: ["data-test-connection-state"] });
  return () => observer.disconnect();
}

/** @param {Document} page */
export function appOf(page) {
  return /** @type {HTMLElement | null} */ (page.querySelector("[data-testid=stApp]"));
}
