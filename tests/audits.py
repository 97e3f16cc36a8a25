"""What is asked of any page, as scripts that come to a list of what is wrong: contrast, structure, focus, width."""

CONTRAST = """(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => { // of any form that a style comes in
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r / 255, g / 255, b / 255, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  const light = (c) => c.map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [1, 1, 1]);
  };
  const wrong = [];
  let looked = 0;
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || ["SCRIPT", "STYLE"].includes(element.tagName) || !element.checkVisibility()) continue;
    looked += 1;
    const style = getComputedStyle(element), under = ground(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [high, low] = [light(over(rgba(colour), under)), light(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (!(ratio >= 4.5)) wrong.push(`${ratio.toFixed(2)} ${element.tagName}.${element.getAttribute("class")}: ${element.textContent.slice(0, 40)}`);
  }
  return looked ? wrong : ["no text was looked at"];
})()"""

STRUCTURE = """(() => {
  const wrong = [];
  const all = (what) => Array.from(document.querySelectorAll(what));
  let last = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const level = Number(heading.tagName[1]);
    if (level > last + 1) wrong.push(`a heading of level ${level} after one of ${last}: ${heading.textContent}`);
    last = level;
  }
  if (all("h1").length !== 1 || all("main").length !== 1) wrong.push("not one h1 and one main");
  if (!document.documentElement.lang || !document.title) wrong.push("no language or no title");
  const named = (one) => one.getAttribute("aria-label") || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent;
  for (const table of all("table"))
    if (!table.caption && !named(table) && !named(table.closest("[role=region]") ?? table)) wrong.push(`a table without a name: ${table.textContent.slice(0, 60)}`);
  for (const one of all("[role=region], nav, section, [role=img]")) if (!named(one)) wrong.push(`${one.tagName} without a name`);
  for (const one of all("input, select")) if (!one.labels.length) wrong.push(`${one.id} without a label`);
  for (const one of all("button, summary, a")) if (!one.textContent.trim()) wrong.push(`${one.tagName} without a text`);
  for (const [what, names] of [["regions", all("[role=region]").map(named)], ["buttons", all("button.copy").map((one) => one.textContent)]])
    for (const name of new Set(names.filter((one, i) => names.indexOf(one) < i))) wrong.push(`several ${what} are named ${name}`);
  for (const box of all(".scroll[data-name]"))
    if (box.hasAttribute("tabindex") !== (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight)) wrong.push(`a stop that does not scroll, or none where it does: ${box.dataset.name}`);
  const ids = all("[id]").map((one) => one.id);
  if (new Set(ids).size < ids.length) wrong.push("an id stands twice");
  for (const link of all("a")) {
    const to = link.getAttribute("href");
    if (!to.startsWith("#") || !document.getElementById(to.slice(1))) wrong.push(`a link to ${to}`);
  }
  return wrong;
})()"""

CONTROLS = """(() => {
  const named = "a[href], button, input, select, summary, [tabindex='0']";
  const scrolls = (one) => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX === "auto"; // a browser lets keys into these
  return Array.from(document.querySelectorAll("body *")).filter((one) => one.checkVisibility() && (one.matches(named) || scrolls(one))).length;
})()"""

FOCUSED = """(() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  window.seen ??= new Set();
  const again = window.seen.has(one);
  window.seen.add(one);
  const style = getComputedStyle(one);
  const visible = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return { again, visible, what: `${one.tagName}#${one.id}.${one.className}` };
})()"""

DRAWN = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true), 50)))"  # after a resize as well
UNFOLDED = "for (const one of document.querySelectorAll('details')) one.open = true"
FITS = """new Promise((done) => { // pictures follow the window some frames later
  const page = document.documentElement, until = performance.now() + 5000;
  const look = () => {
    const { scrollWidth: content, clientWidth: width } = page;
    if (content <= width || performance.now() > until) done([content, width]);
    else requestAnimationFrame(look);
  };
  look();
})"""
LOADED = "(() => { const t = performance.getEntriesByType('navigation')[0]; return (t.loadEventEnd - t.startTime) / 1000; })()"
