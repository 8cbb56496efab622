// Why: live numbers never travel through Dash. One EventSource per page carries whole snapshots,
// then only the blocks that changed. An EventSource does not notice a network that silently
// swallows packets, so a watchdog of our own reopens it and tells the page that it is lost.
(function () {
  "use strict";
  const limits = {
    silence: 5000, // no message and no heartbeat for this long: reopen
    lost: 5500, // say so on screen (three heartbeats of 2 s, less the margin)
    retry: 1000, // first pause before reopening; grows to retryMost, always jittered
    retryMost: 4000,
    reloadSpread: 120000, // screens reload over this span after a new build
  };

  // Calls page.changed(states) after each message and page.lost(seconds | null) each second.
  // states: Map of "topic/plant" to {id, blocks}.
  function follow(address, page) {
    const states = new Map();
    let source = null;
    let heardAt = performance.now();
    let reopenAt = 0;
    let failures = 0;
    let build = null;

    function open() {
      if (source) source.close();
      source = new EventSource(address);
      reopenAt = performance.now() + limits.silence + Math.random() * limits.retry;
      for (const kind of ["snapshot", "delta", "beat"]) {
        source.addEventListener(kind, (message) => hear(kind, JSON.parse(message.data)));
      }
      source.onerror = () => {
        source.close(); // its own retry has no jitter and gives up on some answers
        const pause = Math.min(limits.retryMost, limits.retry * 2 ** failures++);
        reopenAt = performance.now() + pause * (0.5 + Math.random());
        explain();
      };
    }

    function hear(kind, data) {
      heardAt = performance.now();
      reopenAt = heardAt + limits.silence;
      failures = 0;
      if (kind !== "snapshot") setClock(data.at);
      noteBuild(data.build);
      if (kind === "beat") return;
      const state = kind === "snapshot" ? data : patched(states.get(data.key), data);
      if (!state) {
        open(); // a gap: the next connection begins with a snapshot
        return;
      }
      states.set(data.key, { id: data.id, blocks: state.blocks });
      page.changed(states);
    }

    // A refused address will not mend itself by waiting: say what the server says.
    async function explain() {
      if (states.size || !page.refused) return;
      const answer = await fetch(address.replace("/live/", "/snap/")).catch(() => null);
      if (answer && answer.status === 404) page.refused(await answer.text());
    }

    function noteBuild(now) {
      if (build && now !== build) reloadLater();
      build = now;
    }

    setInterval(() => {
      const now = performance.now();
      if (now >= reopenAt) open();
      page.lost(now - heardAt >= limits.lost ? (now - heardAt) / 1000 : null);
    }, 250);
    open();
  }

  function patched(held, delta) {
    if (!held || held.id !== delta.base) return null;
    const blocks = { ...held.blocks, ...delta.blocks };
    for (const name of delta.gone) delete blocks[name];
    return { blocks };
  }

  let offset = null; // server clock minus ours, in milliseconds
  function setClock(at) {
    const seen = Date.parse(at) - Date.now();
    // A late message makes the server look slow, never fast; follow corrections slowly.
    offset = offset === null || seen > offset ? seen : offset + (seen - offset) * 0.05;
  }

  function now() {
    return Date.now() + (offset || 0);
  }

  let isReloading = false;
  function reloadLater() {
    if (isReloading) return;
    isReloading = true;
    setTimeout(reloadWhenReady, Math.random() * limits.reloadSpread);
  }

  async function reloadWhenReady() {
    const answer = await fetch("/health/ready").catch(() => null);
    if (answer && answer.ok) location.reload();
    else setTimeout(reloadWhenReady, 5000);
  }

  // Dash draws the skeleton some time after this script has run.
  function begin() {
    const root = document.querySelector("[data-live]");
    if (!root || root.dataset.begun) return;
    root.dataset.begun = "1";
    document.title = root.dataset.title;
    follow(root.dataset.live, window.rackline.pages[root.dataset.page](root));
  }

  Object.assign(window.rackline, { live: { limits, now, patched } });
  new MutationObserver(begin).observe(document, { childList: true, subtree: true });
})();
