"use strict";
// Tables: what a filter keeps is shown, and a heading sorts by its column.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
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

  const filter = document.querySelector(`.filter[data-for="${table.id}"]`);
  if (!filter) continue;
  const [input, outcome, count] = ["input", "select", "output"].map((name) => filter.querySelector(name));
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const keep = () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = (outcome?.value ?? "").split(" ").filter(Boolean); // none means any
    let shown = 0;
    for (const row of rows) {
      const comes = !outcomes.length || outcomes.includes(row.dataset.outcome);
      row.hidden = !(comes && wanted.every((word) => words.get(row).includes(word)));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  for (const control of [input, outcome]) control?.addEventListener("input", keep);
  if (input.value || outcome?.value) keep(); // what a browser has kept over a reload
}

// A link to what is folded away unfolds it, and so does printing, where the page asks for that.
{
  const open = () => {
    const wanted = document.getElementById(location.hash.slice(1));
    const folded = wanted?.closest("details");
    if (!folded) return;
    folded.open = true;
    wanted.scrollIntoView();
    (wanted === folded ? folded.querySelector("summary") : wanted).focus();
  };
  addEventListener("hashchange", open);
  open();
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("body[data-prints=unfolded] details:not([open])"));
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
}

// A box with a name is a stop for the keyboard, and a region, while it has something to scroll to.
{
  const told = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
      const named = { role: "region", tabindex: "0", "aria-label": target.dataset.name };
      for (const [name, value] of Object.entries(named))
        if (scrolls) target.setAttribute(name, value);
        else target.removeAttribute(name);
    }
  });
  for (const box of document.querySelectorAll(".scroll[data-name]")) told.observe(box);
}

// A button copies the code beside it, or says that it cannot and marks it to be copied by hand.
for (const button of document.querySelectorAll("button.copy")) {
  const code = button.parentElement.querySelector("code");
  const said = Array.from(button.childNodes);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.replaceChildren("Copied");
    } catch {
      getSelection().selectAllChildren(code);
      button.replaceChildren("Marked: press Ctrl+C");
    }
    setTimeout(() => { button.replaceChildren(...said); }, 3000);
  });
}
