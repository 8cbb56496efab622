// Why: what is saved or printed leaves the page, so it carries what the page says around it: a picture
// of a chart its title, legend, filters, definitions and as-of; a print the filters and the as-of, with
// charts as wide as the paper and nothing folded.
(function () {
  "use strict";
  const WIDTH = 1200, HEIGHT = 420, SCALE = 2, EDGE = 24, LEAD = 20;

  function wrapped(pen, text, width) {
    const lines = [];
    for (const word of text.split(" ")) {
      const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
      if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  // The swatch of a legend as the page draws it: a line where it has no height, else a box.
  function swatch(pen, key, x, y) {
    const look = getComputedStyle(key), width = parseFloat(look.width) || 14;
    const stroke = parseFloat(look.borderTopWidth);
    if (parseFloat(look.height) - 2 * stroke < 3) {
      pen.strokeStyle = look.borderTopColor;
      pen.lineWidth = stroke || parseFloat(look.height) || 2;
      if (!stroke) pen.strokeStyle = look.backgroundColor;
      pen.setLineDash({ dashed: [5, 3], dotted: [2, 2] }[look.borderTopStyle] || []);
      pen.beginPath();
      pen.moveTo(x, y - 4);
      pen.lineTo(x + width, y - 4);
      pen.stroke();
      pen.setLineDash([]);
    } else {
      pen.fillStyle = look.backgroundColor;
      pen.fillRect(x, y - 9, width, 9);
      pen.strokeStyle = stroke ? look.borderTopColor : look.backgroundColor;
      pen.lineWidth = 1;
      pen.strokeRect(x, y - 9, width, 9);
      if (look.backgroundImage !== "none") {
        pen.beginPath();
        for (let at = 3; at < width + 6; at += 4) {
          pen.moveTo(x + Math.min(at, width), y - Math.max(0, at - width));
          pen.lineTo(x + Math.max(0, at - 9), y - Math.min(9, at));
        }
        pen.stroke();
      }
    }
    return width;
  }

  function asOf() {
    const now = new Date().toISOString().slice(0, 16).replace("T", " ");
    const age = document.querySelector("[id^='age-']");
    const asked = [...document.querySelectorAll(".filters[role=search] input")]
      .filter((it) => it.type === "radio" ? it.checked : it.type !== "hidden" && it.value && !it.value.endsWith("…"))
      .map((it) => it.type === "radio" ? it.labels[0].textContent : it.value);
    return `As of ${now} UTC · ${age ? age.textContent.trim() : ""} · ${asked.join(", ")}`;
  }

  function drawn(image, panel, { title, told, foot: more }) {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    const look = getComputedStyle(panel), muted = getComputedStyle(panel.querySelector(".note"));
    const family = look.fontFamily, small = `12px ${family}`, inside = WIDTH - 2 * EDGE;
    pen.font = small;
    const note = wrapped(pen, [...panel.querySelectorAll(".note")]
      .map((it) => it.textContent.replace(/( · )?(Earlier|Later|PNG)/g, "")).join(" ").trim(), inside).filter(Boolean);
    const foot = (told || more || "").split("\n").filter(Boolean).flatMap((it) => wrapped(pen, it, inside));
    const keys = [...panel.querySelectorAll(".legend > *, .keys > *")];
    const head = [...(more ? [] : wrapped(pen, asOf(), inside)), ...note]; // a foot says it itself
    const above = EDGE + 24 + LEAD * head.length + (keys.length ? LEAD : 0);
    canvas.width = WIDTH * SCALE;
    canvas.height = (above + HEIGHT + LEAD * (foot.length + 1)) * SCALE;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = look.backgroundColor;
    pen.fillRect(0, 0, WIDTH, canvas.height);
    pen.fillStyle = look.color;
    pen.font = `600 18px ${family}`;
    pen.fillText(title || panel.querySelector("h2").textContent, EDGE, EDGE + 14);
    let y = EDGE + 24 + LEAD;
    pen.font = small;
    pen.fillStyle = muted.color;
    for (const line of head) {
      pen.fillText(line, EDGE, y - 4);
      y += LEAD;
    }
    let x = EDGE;
    for (const each of keys) {
      const key = each.querySelector("i");
      if (key) x += swatch(pen, key, x, y) + 6;
      pen.fillStyle = look.color;
      pen.fillText(each.textContent, x, y);
      x += pen.measureText(each.textContent).width + 18;
    }
    pen.drawImage(image, 0, above, WIDTH, HEIGHT);
    y = above + HEIGHT + LEAD;
    pen.fillStyle = muted.color;
    for (const line of foot) {
      pen.fillText(line, EDGE, y - 4);
      y += LEAD;
    }
    return canvas;
  }

  async function save(button) {
    const id = button.dataset.png;
    const chart = document.querySelector(`#${CSS.escape(id)} .js-plotly-plot`);
    if (!chart || !window.Plotly) return;
    const image = new Image();
    image.src = await window.Plotly.toImage(
      chart, { format: "png", width: WIDTH, height: HEIGHT, scale: SCALE });
    await image.decode();
    const canvas = drawn(image, chart.closest(".panel"), button.dataset);
    const stamp = new Date().toISOString().slice(0, 16).replace(/[:]/g, "");
    const link = document.createElement("a");
    link.download = `${id}_${stamp}Z.png`;
    link.href = canvas.toDataURL("image/png");
    link.click();
  }

  window.addEventListener("beforeprint", () => {
    const main = document.querySelector("main");
    if (main) main.dataset.printed = asOf();
    for (const each of document.querySelectorAll(".main-svg")) {
      each.setAttribute("viewBox", `0 0 ${each.getAttribute("width")} ${each.getAttribute("height")}`);
    }
    for (const each of document.querySelectorAll(".panel details:not([open])")) {
      each.open = each.dataset.unfolded = true;
    }
  });
  window.addEventListener("afterprint", () => {
    for (const each of document.querySelectorAll(".main-svg")) each.removeAttribute("viewBox");
    for (const each of document.querySelectorAll("details[data-unfolded]")) {
      each.open = false;
      delete each.dataset.unfolded;
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    if (button) save(button);
  });
})();
