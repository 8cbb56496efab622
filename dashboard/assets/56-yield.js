// Why: clicks on the yield page change its address, and so its filters, without loading it anew.
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-stay]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.rackline.go(link.getAttribute("href"));
  });

  const same = () => window.dash_clientside.no_update;
  Object.assign(window.dash_clientside.rackline, {
    followDot(clicked) {
      const href = clicked && clicked.points.map((it) => it.customdata).find(Boolean);
      if (!href) return same();
      window.rackline.go(href);
      return null; // the same dot can be clicked again, which clears it
    },
    // The choices follow the page; what a person chose stays while it is among them.
    noteSubjects(given, value) {
      if (!given) return [same(), same()];
      const isKnown = given.subjects.some((it) => it.value === value);
      return [given.subjects, isKnown ? value : (given.subjects[0] || { value: null }).value];
    },
    noteAbout(value, given) {
      if (!value || !given) return null;
      const [subject, ...key] = value.split(":");
      return { plant: given.plant, subject, key: key.join(":") };
    },
  });
})();
