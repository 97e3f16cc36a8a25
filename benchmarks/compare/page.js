"use strict";
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
