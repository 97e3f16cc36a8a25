"""The two pictures of the page, as Vega-Lite by Altair: a roofline for each machine, bars for each case.

A picture is described once and filled by the page's script with the numbers of each machine or case. Kernels differ by
shape as well as by colour and reports by lightness, so that both are told apart in grey; letters and lines take the
page's own colour, light or dark.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from benchmarks.compare import wording
from benchmarks.compare.comparison import Comparison, Reading

INK = "currentColor"
# Okabe and Ito's colours, which the colour-blind can tell apart, without the yellow that white paper swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left", "triangle-right")
SHADES = ("#0072B2", "#E69F00", "#7F7F7F", "#56B4E9")  # from dark to light and back, a report each
MAX_BAR_CASES = 60
BAR_PX = 17
ROOM_PX = 16  # between the outermost mark or roof and the frame
ROOF_DECADES = 0.6  # how far roofs go on beyond the outermost mark
Data = list[dict[str, Any]]


def roofline(comparison: Comparison) -> tuple[dict[str, Any], list[Data], list[Data]] | None:
    """A picture, and for each report its points and its roofs; None where no row says how much work it is.

    Units:   intensity in FLOP/byte, speed in FLOP/s.
    """
    points = [_points(comparison, i) for i in range(len(comparison.reports))]
    if not any(points):
        return None
    kernels = list(dict.fromkeys(point["kernel"] for report in points for point in report))
    roofs = [_roofs(comparison, i, at) if at else [] for i, at in enumerate(points)]
    return _roofline_chart(kernels), points, roofs


def bars(comparison: Comparison) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """A picture, and for each case its bars: ratios to the baseline, or where there is none to the first report.

    Units:   a case's height in pixels.
    """
    cases: dict[str, Data] = {}
    kernels = []
    for entry in comparison.entries:
        for i, reading in enumerate(entry.readings):
            ratio = reading and (reading.to_baseline if comparison.baseline else reading.to_first)
            if ratio and (len(cases) < MAX_BAR_CASES or entry.case in cases):
                bar: dict[str, Any] = {"kernel": wording.short(entry.kernel or "this"), "report": wording.letter(i)}
                bar |= {"ratio": ratio.value, "low": ratio.low, "high": ratio.high}
                cases.setdefault(entry.case, []).append(bar | {"text": _bar_text(comparison, i, bar)})
                kernels.append(bar["kernel"])
    if not cases:
        return None
    reports = [wording.letter(i) for i in range(len(comparison.reports))]
    found = [
        {"case": wording.short(case), "bars": at, "height": BAR_PX * len(reports) * len({bar["kernel"] for bar in at})}
        for case, at in cases.items()
    ]
    return _bars_chart(comparison, reports), found


def _bar_text(comparison: Comparison, index: int, bar: dict[str, Any]) -> str:
    which = f"{wording.letter(index)}  " if len(comparison.reports) > 1 else ""
    return f"{which}{wording.plain(bar['ratio'])}"


def _points(comparison: Comparison, index: int) -> Data:
    found = []
    for entry in comparison.entries:
        reading = entry.readings[index]
        if reading and reading.row.intensity and not reading.row.fault:
            found.append(
                {
                    "case": wording.short(entry.case),
                    "kernel": wording.short(entry.kernel or ""),
                    "dtype": wording.short(reading.row.dtype or ""),
                    "intensity": reading.row.intensity,
                    "speed": _speed(reading),
                }
            )
    return found


def _speed(reading: Reading) -> float:
    row = reading.row
    return row.flops_per_s or (row.flops or 0.0) / row.median_s


def _roofs(comparison: Comparison, index: int, points: Data) -> Data:
    """For each dtype with a probe a line: along the slope of the copy, then level at the product."""
    machine = comparison.reports[index].machine
    copy = machine.copy_bytes_per_s
    if copy is None:
        return []
    used = {point["dtype"] for point in points}
    products = {wording.short(d): v for d, v in machine.product_flops_per_s.items() if wording.short(d) in used}
    at = [point["intensity"] for point in points] + [product / copy for product in products.values()]
    least, most = min(at) / 10**ROOF_DECADES, max(at) * 10**ROOF_DECADES
    return [
        {"dtype": dtype, "intensity": x, "speed": min(product, x * copy), "name": f"{dtype} {wording.amount(product, 'FLOP/s')}"}
        for dtype, product in products.items()
        for x in (least, product / copy, most)
    ]  # fmt: skip


def _roofline_chart(kernels: list[str]) -> dict[str, Any]:
    x = (
        alt.X("intensity:Q", title="arithmetic intensity (FLOP/byte)")
        .scale(type="log", nice=False, padding=ROOM_PX)
        .axis(format="~s")
    )
    y = (
        alt.Y("speed:Q", title="speed (FLOP/s)")
        .scale(type="log", nice=False, padding=ROOM_PX)
        .axis(format="~s")
        .axis(format="~s", tickCount=6)
    )
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=90, labelLimit=150)
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(kernels))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(kernels))]
    roofs = (
        alt.Chart(alt.NamedData("roofs"))
        .mark_line(color=INK, strokeWidth=1.5, clip=True)
        .encode(x, y, detail="dtype:N")
    )
    names = (
        alt.Chart(alt.NamedData("roofs"))
        .transform_window(place="row_number()", groupby=["dtype"], sort=[alt.SortField("intensity")])
        .transform_filter("datum.place == 3")
        .mark_text(align="right", baseline="bottom", dy=-4, color=INK, fontSize=11)
        .encode(x, y, text="name:N")
    )
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=70, opacity=0.9, stroke=INK, strokeWidth=0.5)
        .encode(
            x, y,
            color=alt.Color("kernel:N", legend=legend).scale(domain=kernels, range=colours),
            shape=alt.Shape("kernel:N", legend=legend).scale(domain=kernels, range=shapes),
            tooltip=["kernel:N", "case:N", _number("intensity", "FLOP/byte"), _number("speed", "FLOP/s")],
        )
    )  # fmt: skip
    return _styled(alt.layer(roofs, names, marks).properties(width="container", height=320))


def _number(field: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", title=title, format=".3~s")


def _bars_chart(comparison: Comparison, reports: list[str]) -> dict[str, Any]:
    of = f"time, as a ratio to {wording.short(comparison.baseline)}" if comparison.baseline else "time, as a ratio to A"
    base = alt.Chart(alt.NamedData("bars")).encode(
        alt.Y("kernel:N", title=None, sort=None).axis(labelLimit=140),
        yOffset=alt.YOffset("report:N").scale(domain=reports, paddingInner=0.1),
    )
    shades = [SHADES[i % len(SHADES)] for i in range(len(reports))]
    drawn = base.mark_bar(stroke=INK, strokeWidth=0.5).encode(
        alt.X("ratio:Q", title=of).scale(zero=True, domainMin=0).axis(tickCount=5),
        color=alt.Color("report:N", legend=None).scale(domain=reports, range=shades),
        tooltip=["kernel:N", "report:N", *(alt.Tooltip(f"{f}:Q", format=".3f") for f in ("ratio", "low", "high"))],
    )
    held = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=INK, strokeWidth=2)
        .encode(alt.X("low:Q"), alt.X2("high:Q"))
    )
    ends = [
        base.transform_filter("isValid(datum.low)").mark_tick(color=INK, thickness=2, size=9).encode(alt.X(f"{end}:Q"))
        for end in ("low", "high")
    ]
    # In a column of their own on the right, where no bar and no line runs through them.
    text = base.mark_text(align="left", dx=6, color=INK, fontSize=11).encode(x=alt.value("width"), text="text:N")
    one = alt.Chart(alt.InlineData(values=[{"one": 1}])).mark_rule(color=INK, strokeDash=[4, 3]).encode(alt.X("one:Q"))
    return _styled(alt.layer(drawn, held, *ends, text, one).properties(width="container"))


def _styled(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The description of a picture in the page's own colours."""
    ink = {"labelColor": INK, "titleColor": INK, "labelFontSize": 11}
    lines = {"domainColor": INK, "tickColor": INK, "gridColor": INK, "gridOpacity": 0.12}
    autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    styled = (
        chart.properties(
            background="transparent", autosize=autosize, padding={"left": 2, "top": 4, "right": 14, "bottom": 4}
        )
        .configure(font="system-ui, sans-serif")
        .configure_axis(**ink, **lines, titleFontSize=11, labelSeparation=8, labelOverlap="greedy", labelFlush=True)
        .configure_legend(**ink)
        .configure_view(stroke=None)
    )
    described: dict[str, Any] = styled.to_dict()
    return described
