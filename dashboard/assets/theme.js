// Why: the theme must be known before the first paint, so this runs in the head, before Dash.
// ?theme=light|dark wins; a wall is dark by default, a desk follows the reader's system.
(function () {
  "use strict";
  const asked = new URLSearchParams(location.search).get("theme");
  const isWall = location.pathname.startsWith("/wall/");
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  const theme = asked === "light" || asked === "dark" ? asked : isWall ? "dark" : system;
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.surface = isWall ? "wall" : "desk";
  window.rackline = { pages: {} };
})();
