// Why: plain parts of a page come as text, escaped by dashboard/components/static.py, for a component
// per element costs the browser a hundred times as much. Drawn before the next paint.
(function () {
  "use strict";
  function draw(node) {
    if (node.drawn === node.dataset.html) return;
    node.drawn = node.dataset.html;
    node.innerHTML = node.dataset.html;
  }

  new MutationObserver(() => {
    for (const node of document.querySelectorAll("[data-html]")) draw(node);
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["data-html"] });
})();
