({
  // What a person standing before the wall would complain about, as sentences.
  faults() {
    const px = 1.5;
    const faults = [];
    const say = (node, text) =>
      faults.push(`${node.id || node.className}: ${text}: ${node.textContent.slice(0, 40)}`);
    const isSeen = (box) => box.width > 0 && box.height > 0;
    if (document.documentElement.scrollWidth > innerWidth) faults.push("page scrolls sideways");
    for (const node of document.querySelectorAll(".wall *")) {
      const box = node.getBoundingClientRect();
      if (!isSeen(box)) continue;
      if (box.left < -px || box.top < -px) say(node, "outside the screen");
      if (box.right > innerWidth + px || box.bottom > innerHeight + px) say(node, "outside the screen");
      const isInline = getComputedStyle(node).display === "inline";
      if (!isInline && node.clientWidth && node.scrollWidth > node.clientWidth + 2) {
        say(node, `cut by ${node.scrollWidth - node.clientWidth}`);
      }
      const panel = node.closest(".panel");
      if (!panel || node === panel) continue;
      const frame = panel.getBoundingClientRect();
      if (box.bottom > frame.bottom + px || box.right > frame.right + px) say(node, "leaves its panel");
    }
    for (const group of document.querySelectorAll(".w-head, .panel, .stop, .pair")) {
      const parts = [...group.children]
        .map((node) => [node, node.getBoundingClientRect()])
        .filter(([, box]) => isSeen(box));
      for (const [at, [one, a]] of parts.entries()) {
        for (const [two, b] of parts.slice(at + 1)) {
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (across > 2 && down > innerHeight * 0.008) say(one, `lies over ${two.id || two.className}`);
        }
      }
    }
    return faults;
  },

  // Texts smaller than the least size that reads at 5 m on a 65-inch screen.
  smallText() {
    const isUpright = innerHeight > innerWidth;
    const u = isUpright
      ? Math.min(innerWidth / 108, innerHeight / 192)
      : Math.min(innerWidth / 192, innerHeight / 108);
    const walker = document.createTreeWalker(document.querySelector(".wall"), NodeFilter.SHOW_TEXT);
    const small = [];
    while (walker.nextNode()) {
      const { textContent: text, parentElement: parent } = walker.currentNode;
      const size = parseFloat(getComputedStyle(parent).fontSize) / u;
      if (text.trim() && size < 4.29) small.push([text, size]);
    }
    return small;
  },

  // Share of the pixels of a picture that are clearly coloured.
  async coloured(png) {
    const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
    const image = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    let strong = 0;
    for (let at = 0; at < data.length; at += 4) {
      const top = Math.max(data[at], data[at + 1], data[at + 2]);
      const low = Math.min(data[at], data[at + 1], data[at + 2]);
      if (top && (top - low) / top > 0.35) strong += 1;
    }
    return strong / (data.length / 4);
  },
})
