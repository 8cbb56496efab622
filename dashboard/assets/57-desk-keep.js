// Why: a part of a page that is drawn anew is built anew by Dash. Who stood in it with the keyboard,
// had scrolled it or opened a fold stays where they were: by the same way through the new part.
(function () {
  "use strict";
  const scrolled = new Map(); // slot and way → how far it was scrolled sideways
  const opened = new Set(); // slot and way of folds that were opened
  let focused = null;

  function wayTo(node) {
    const slot = node.closest && node.closest(".slot");
    if (!slot || node === slot) return null;
    const way = [];
    for (let at = node; at !== slot; at = at.parentElement) {
      way.unshift([...at.parentElement.children].indexOf(at));
    }
    return { slot: slot.id, way };
  }

  function find({ slot, way }) {
    return way.reduce((node, at) => node && node.children[at], document.getElementById(slot));
  }

  const key = (place) => JSON.stringify(place);

  document.addEventListener("focusin", ({ target }) => (focused = wayTo(target)));
  document.addEventListener("focusout", ({ target }) => {
    setTimeout(() => {
      if (target.isConnected && document.activeElement === document.body) focused = null;
    });
  });
  document.addEventListener("scroll", ({ target }) => {
    const place = target.classList && target.classList.contains("scroll") && wayTo(target);
    if (place) scrolled.set(key(place), target.scrollLeft);
  }, true);
  document.addEventListener("toggle", ({ target }) => {
    const place = wayTo(target);
    if (place) opened[target.open ? "add" : "delete"](key(place));
  }, true);

  function restore() {
    for (const [place, left] of scrolled) {
      const node = find(JSON.parse(place));
      if (node && node.scrollLeft !== left) node.scrollLeft = left;
    }
    for (const place of opened) {
      const node = find(JSON.parse(place));
      if (node && node.tagName === "DETAILS" && !node.open) node.open = true;
    }
    if (!focused || document.activeElement !== document.body) return;
    const node = find(focused);
    if (node) node.focus({ preventScroll: true });
  }

  const isSlot = ({ target }) => target.classList && target.classList.contains("slot");
  new MutationObserver((changes) => {
    if (changes.some(isSlot)) restore();
  }).observe(document, { childList: true, subtree: true });
})();
