// Why: clicks on the yield page change its address, and so its filters, without loading it anew;
// a chart is saved as a picture where it is drawn.
(function () {
  "use strict";
  const PICTURE = { format: "png", width: 1200, height: 420, scale: 2 };

  const LINE = 15;

  // Plotly reads some HTML in its texts: names from plant systems stay text.
  const plain = (text) =>
    text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>");

  // A picture leaves the page: it carries the title, what is drawn and as of when, on a ground.
  function withWords(chart, button) {
    const panel = button.closest(".panel");
    const heading = panel && panel.querySelector("h2");
    const title = button.dataset.title || (heading ? heading.textContent : "");
    const foot = button.dataset.foot || `Saved ${new Date().toISOString().slice(0, 16)}Z`;
    const room = LINE * foot.split("\n").length;
    const ground = getComputedStyle(panel || document.body).backgroundColor;
    const below = {
      text: plain(foot), x: 0, y: 0, xref: "paper", yref: "paper", xanchor: "left", yanchor: "top",
      yshift: -28, align: "left", showarrow: false, font: { size: 11 },
    };
    const layout = {
      ...chart.layout,
      paper_bgcolor: ground,
      plot_bgcolor: ground,
      title: { text: plain(title), x: 0, xref: "paper", y: 0.97, yanchor: "top", font: { size: 16 } },
      margin: { ...chart.layout.margin, t: 48, b: 40 + room },
      annotations: [...(chart.layout.annotations || []), below],
    };
    return [{ data: chart.data, layout }, PICTURE.height + room];
  }

  function savePicture(button) {
    const id = button.dataset.png;
    const chart = document.querySelector(`#${CSS.escape(id)} .js-plotly-plot`);
    if (!chart || !window.Plotly) return;
    const stamp = new Date().toISOString().slice(0, 16).replace(/[:]/g, "");
    const [figure, height] = withWords(chart, button);
    window.Plotly.downloadImage(figure, { ...PICTURE, height, filename: `${id}_${stamp}Z` });
  }

  document.addEventListener("click", (event) => {
    const picture = event.target.closest("[data-png]");
    if (picture) savePicture(picture);
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
