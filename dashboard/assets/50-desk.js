// Why: a desk page is drawn by ordinary Dash callbacks; the live channel only tells it that there
// is something new, at most every two seconds. Ages tick here, and a lost connection is said here.
(function () {
  "use strict";
  const NEWS_MS = 2000;
  const words = window.rackline.words;

  window.rackline.pages.desk = (root) => {
    let toldAt = 0;
    let timer = 0;
    let news = 0;
    let tickedAt = 0;

    function tell() {
      toldAt = performance.now();
      timer = 0;
      window.dash_clientside.set_props(root.dataset.news, { data: ++news });
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
      changed() {
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
