// Why: who writes is asked once per browser; a form's target follows what is chosen on the page.
(function () {
  "use strict";
  const KEY = "rackline-author";
  const same = () => window.dash_clientside.no_update;
  let followed = null;

  function remembered() {
    try {
      return localStorage.getItem(KEY) || "";
    } catch {
      return ""; // no storage: the name is typed each time
    }
  }

  function offerName(root) {
    const name = remembered();
    for (const input of root.querySelectorAll("input[data-author]")) {
      if (!input.value && name) window.dash_clientside.set_props(input.id, { value: name });
    }
  }

  document.addEventListener("change", ({ target }) => {
    if (!target.matches("input[data-author]")) return;
    try {
      localStorage.setItem(KEY, target.value.trim());
    } catch {
      /* no storage */
    }
  });
  document.addEventListener("focusin", ({ target }) => {
    const form = target.closest && target.closest(".note-panel");
    if (form) offerName(form);
  });

  Object.assign(window.dash_clientside.rackline, {
    // A target that somebody works on is only changed by choosing another, never by news.
    followChosen(given, value) {
      if (!given) return [same(), same()];
      const isKnown = given.choices.some((it) => it.value === value);
      const isMoved = given.chosen && given.chosen !== followed;
      followed = given.chosen || followed;
      return [given.choices, isMoved || !isKnown ? given.chosen || null : value];
    },
  });
})();
