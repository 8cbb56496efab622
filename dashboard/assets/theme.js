// Why: the theme must be known before the first paint, so this runs in the head, before Dash. It then
// asks for the page's first content at once: Dash would ask for its layout only when all scripts
// have run, and is handed that answer then. Until that is drawn a desk page shows what its HTML
// holds of it (dashboard/early.py). Dash takes the first answer, whatever it is; so a server that
// is just being started again is asked again.
// ?theme=light|dark wins; a wall is dark by default; a desk keeps what its reader chose last, else
// follows the reader's system.
(function () {
  "use strict";
  const KEPT = "rackline-theme";
  const RETRY_MS = 2000;
  const isTheme = (it) => it === "light" || it === "dark";
  const asked = new URLSearchParams(location.search).get("theme");
  const isWall = location.pathname.startsWith("/wall/");
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";

  function kept() {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null; // storage can be forbidden; the system's theme then stands
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEPT, theme);
    } catch {
      return; // as above
    }
  }

  const chosen = [asked, isWall ? "dark" : kept(), system].find(isTheme);
  document.documentElement.dataset.theme = chosen;
  document.documentElement.dataset.surface = isWall ? "wall" : "desk";
  window.rackline = { pages: {}, keepTheme: keep };
  window.dash_clientside = { rackline: {} };

  const at = location.pathname + location.search;
  const ask = window.fetch;

  async function askFirst() {
    for (;;) {
      const answer = await ask(`/first?${new URLSearchParams({ at, theme: chosen })}`)
        .catch(() => null);
      if (answer && answer.status < 500) return answer;
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
  }

  const first = askFirst();
  window.fetch = (what, ...how) =>
    String(what).endsWith("/_dash-layout") ? first : ask(what, ...how);

  new MutationObserver((_, seen) => {
    if (!document.getElementById("page")) return;
    seen.disconnect();
    const early = document.getElementById("early");
    if (early) early.remove();
  }).observe(document, { childList: true, subtree: true });
})();
