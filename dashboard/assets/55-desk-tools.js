// Why: what a reader does to a page and not to its data: theme, keys, copy, print, export, help.
// Filters never pass here: they are Dash inputs, and the address is their state.
(function () {
  "use strict";
  const root = document.documentElement;
  const GO_MS = 1500;

  function setTheme(theme) {
    root.dataset.theme = theme;
    window.rackline.keepTheme(theme);
    const address = new URL(location.href);
    if (address.searchParams.has("theme")) {
      address.searchParams.delete("theme");
      history.replaceState(history.state, "", address);
    }
    window.dash_clientside.set_props("theme", { data: theme });
  }

  // What is exported and copied is what the address says, relative times made absolute.
  function frozenSearch() {
    const node = document.querySelector("[data-slug]");
    const link = node ? window.rackline.links[node.dataset.slug] : undefined;
    return link === undefined ? location.search : link;
  }

  async function copyLink(button) {
    const link = location.origin + location.pathname + frozenSearch();
    const words = button.querySelector(".words");
    const say = (text) => {
      words.textContent = text;
      setTimeout(() => (words.textContent = "Copy link"), 2000);
    };
    try {
      await navigator.clipboard.writeText(link);
      say("Copied");
    } catch {
      window.prompt("Copy this link", link); // no clipboard without https
    }
  }

  function exportAddress(kind) {
    const slug = document.querySelector("[data-slug]").dataset.slug;
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(window.rackline.names[slug] || {})) {
      query.set(name, value);
    }
    return `/export/${slug}.${kind}?${query}`;
  }

  const doing = {
    theme: () => setTheme(root.dataset.theme === "light" ? "dark" : "light"),
    copy: copyLink,
    print: () => window.print(),
    help: () => document.getElementById("help").showModal(),
    close: () => document.getElementById("help").close(),
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-export]");
    if (link) link.href = exportAddress(link.dataset.export);
    const button = event.target.closest("[data-do]");
    if (button) doing[button.dataset.do](button);
    for (const menu of document.querySelectorAll("details.export[open]")) {
      if (!menu.contains(event.target) || button || link) menu.open = false;
    }
  });

  function focusSearch() {
    const search = document.querySelector("[data-search] input, input[data-search]");
    const first = document.querySelector(".filters input");
    if (search || first) (search || first).focus();
  }

  function escape() {
    for (const menu of document.querySelectorAll("details.export[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    const chosen = document.querySelector("[data-clear]");
    if (chosen) chosen.click();
  }

  const keys = {
    "/": focusSearch,
    t: doing.theme,
    "?": doing.help,
    "[": () => step("earlier"),
    "]": () => step("later"),
    Escape: escape,
  };

  function step(way) {
    const button = document.querySelector(`[data-step="${way}"]`);
    if (button) button.click();
  }

  function isWriting(node) {
    return node.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName);
  }

  let goUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (root.dataset.surface !== "desk" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    const entry = performance.now() < goUntil &&
      document.querySelector(`#nav a[data-key="${CSS.escape(event.key)}"]`);
    goUntil = event.key === "g" ? performance.now() + GO_MS : 0;
    if (entry) entry.click();
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  Object.assign(window.rackline, { links: {}, names: {} });
  const same = () => window.dash_clientside.no_update;
  Object.assign(window.dash_clientside.rackline, {
    asIs: (value) => value,
    keepLink(link, names) {
      const slug = document.querySelector("[data-slug]").dataset.slug;
      window.rackline.links[slug] = link;
      window.rackline.names[slug] = names;
      return same();
    },
  });
})();
