"use strict";
// The table: what the filter keeps is shown, and a heading sorts by its column.
(() => {
  const table = document.getElementById("rows");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const filter = document.getElementById("filter");
  const count = document.getElementById("count");
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  filter.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every((word) => words.get(row).includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  });

  const headings = Array.from(table.tHead.rows[0].cells);
  const order = new Intl.Collator("en", { numeric: true }).compare;
  const compared = (column, number, sign) => (a, b) => {
    const [x, y] = [a.cells[column], b.cells[column]];
    if (!number) return sign * order(x.textContent, y.textContent);
    const [u, v] = [x.dataset.value, y.dataset.value];
    if (u === undefined || v === undefined) return (u === undefined) - (v === undefined); // unknown is always last
    return sign * (Number(u) - Number(v));
  };
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const ascending = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      rows.sort(compared(column, heading.classList.contains("number"), ascending ? 1 : -1));
      body.append(...rows);
    });
  });
})();

// The pictures: a description of each kind, filled with the numbers of each machine or case.
(async () => {
  const { roofline, bars } = JSON.parse(document.getElementById("pictures").textContent);
  const draw = (element, chart, datasets) =>
    // ast: expressions are interpreted, so that the page need not allow code to be made from text
    vegaEmbed(element, { ...chart, datasets: { ...chart.datasets, ...datasets } }, { actions: false, renderer: "svg", ast: true });
  try {
    for (const element of document.querySelectorAll("[data-roofline]")) {
      const i = Number(element.dataset.roofline);
      await draw(element, roofline.chart, { points: roofline.points[i], roofs: roofline.roofs[i] });
    }
    for (const element of document.querySelectorAll("[data-bars]")) {
      const at = bars.cases[Number(element.dataset.bars)];
      await draw(element, { ...bars.chart, height: at.height }, { bars: at.bars });
    }
  } catch (error) {
    console.error(error);
    for (const element of document.querySelectorAll(".chart:empty"))
      element.textContent = "This picture could not be drawn; the table has its numbers.";
  }
})();
