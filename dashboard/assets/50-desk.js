// Why: a desk page is drawn by ordinary Dash callbacks; the live channel only tells it that there
// is something new, at most every two seconds. Ages tick here, and a lost connection is said here.
// A page that names its feeds is drawn anew only when one of them moved or somebody wrote
// something; its age always.
(function () {
  "use strict";
  const NEWS_MS = 2000;
  const COUNTS_MS = 15000;
  const words = window.rackline.words;

  window.rackline.pages.desk = (root) => {
    let toldAt = 0;
    let timer = 0;
    let news = 0;
    let tickedAt = 0;

    let countedAt = -COUNTS_MS;
    let heard = null;
    let states = new Map();
    let held = null;
    const feeds = (root.dataset.feeds || "").split(",").filter(Boolean);
    const raise = (id) => window.dash_clientside.set_props(id, { data: ++news });

    // What the page's feeds brought last and people said last, over all plants.
    function moved() {
      return JSON.stringify([...states].map(([key, { blocks }]) =>
        [key, blocks.said, feeds.map((it) => (blocks.feeds[it] || {}).moved)]));
    }

    // What people entered anywhere; the counts in the navigation follow that at once.
    function said() {
      return JSON.stringify([...states].map(([key, { blocks }]) => [key, blocks.said]));
    }

    function tell() {
      toldAt = performance.now();
      timer = 0;
      if (heard !== null && heard !== said()) countedAt = -COUNTS_MS;
      heard = said();
      if (toldAt - countedAt >= COUNTS_MS) {
        countedAt = toldAt;
        raise("nav-news");
      }
      if (!feeds.length) {
        raise(root.dataset.news);
        return;
      }
      raise(`${root.dataset.slug}-pulse`);
      const seen = moved();
      if (held !== null && held !== seen) raise(root.dataset.news);
      held = seen;
    }

    function sayLost(lost) {
      const node = document.getElementById("lost");
      const text = lost === null ? "" : `Connection lost ${words.age(lost)}`;
      if (node.textContent !== text) node.textContent = text;
    }

    function tick() {
      const now = window.rackline.live.now();
      for (const node of document.querySelectorAll("time[data-since]")) {
        const text = words.age((now - Date.parse(node.dataset.since)) / 1000);
        if (node.textContent !== text) node.textContent = text;
      }
    }

    return {
      changed(all) {
        states = all;
        if (!timer) timer = setTimeout(tell, Math.max(0, toldAt + NEWS_MS - performance.now()));
      },
      lost(seconds) {
        if (performance.now() - tickedAt < 950) return;
        tickedAt = performance.now();
        sayLost(seconds);
        tick();
      },
    };
  };
})();
