"use strict";
// The table: what the filter keeps is shown, and a heading sorts by its column.
(() => {
  const table = document.getElementById("rows");
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
    return sign * (number ? Number(x.dataset.value) - Number(y.dataset.value) : order(x.textContent, y.textContent));
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

// A link to somebody opens what is said of them.
(() => {
  const open = () => {
    const wanted = document.getElementById(location.hash.slice(1));
    if (wanted instanceof HTMLDetailsElement) {
      wanted.open = true;
      wanted.scrollIntoView();
      wanted.querySelector("summary").focus();
    }
  };
  addEventListener("hashchange", open);
  open();
})();
