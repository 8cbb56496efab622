// Why: the theme must be known before the first paint, so this runs in the head, before Dash. It then
// asks for the page's first content at once: Dash would ask for its layout only when all scripts
// have run, and is handed that answer then.
// ?theme=light|dark wins; a wall is dark by default; a desk keeps what its reader chose last, else
// follows the reader's system.
(function () {
  "use strict";
  const KEPT = "rackline-theme";
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
  const first = fetch(`/first?${new URLSearchParams({ at, theme: chosen })}`);
  const ask = window.fetch;
  window.fetch = (what, ...how) =>
    String(what).endsWith("/_dash-layout") ? first : ask(what, ...how);
})();
