# /// script
# requires-python = ">=3.11"
# dependencies = ["gql[httpx]>=4", "pandas>=2.2", "matplotlib>=3.9"]
# ///
"""Three charts from a crmgraph server: the pipeline by month, activities by kind, revenue by industry.

Each is one `groupBy`: the database adds up, and pandas only turns rows into tables. Run it against `crmgraph demo`:

    uv run examples/reporting/report.py --url http://127.0.0.1:8000/graphql --out charts
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from gql import Client, gql
from gql.transport.httpx import HTTPXTransport
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

FIGURES = gql("""
query Figures {
  pipeline: opportunities(where: {state: {eq: OPEN}, estimatedCloseDate: {isNull: false}}) {
    groupBy(
      by: [{estimatedCloseDate: {granularity: MONTH}}, {salesStage: true}]
    ) {
      keys { month: estimatedCloseDate stage: salesStageLabel }
      aggregate { sum { value: estimatedValueBase } }
    }
  }
  stages: opportunities {
    groupBy(by: [{salesStage: true}], orderBy: [{key: {salesStage: ASC}}]) { keys { stage: salesStageLabel } }
  }
  activities(where: {sortDate: {within: {last: {n: 12, unit: MONTH}}}}) {
    groupBy(by: [{kind: true}], orderBy: [{count: DESC}]) {
      keys { kind: kindLabel }
      aggregate { count }
    }
  }
  revenue: opportunities(where: {state: {eq: WON}, account: {industry: {isNull: false}}}) {
    groupBy(by: [{account: {industry: true}}], orderBy: [{sum: {actualValueBase: DESC}}]) {
      keys { account { industry: industryLabel } }
      aggregate { count sum { value: actualValueBase } }
    }
  }
}
""")
STAGES = ["#c9d7f2", "#8fade6", "#4f7bd3", "#1f4690", "#9aa3b2"]
BAR, FAINT = "#4f7bd3", "#9aa3b2"
NONE = "–"
STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 14,
    "figure.dpi": 130,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.25,
}


def ask(url: str, token: str, locale: str) -> dict[str, Any]:
    """The answer's data; labels are in the language of `locale`."""
    transport = HTTPXTransport(url=url, headers={"Authorization": f"Bearer {token}", "Accept-Language": locale})
    return Client(transport=transport).execute(FIGURES)


def table(connection: dict[str, Any], *columns: str) -> pd.DataFrame:
    """Groups as rows, with the names of keys and figures as columns; amounts, which come as strings, as numbers."""
    frame = pd.json_normalize(connection["groupBy"])
    frame.columns = [name.rsplit(".", 1)[-1] for name in frame.columns]
    frame = frame.reindex(columns=list(columns))  # without any group there would be no columns
    if "value" in frame:
        frame["value"] = pd.to_numeric(frame["value"]).fillna(0).astype(float)  # nobody gave an amount
    if "stage" in frame:
        frame["stage"] = frame["stage"].fillna(NONE)
    return frame


def draw_nothing(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_axis_off()
    axes.text(0.5, 0.5, "Nothing to show yet", ha="center", va="center", color=FAINT, transform=axes.transAxes)


def thousands(axis: Any) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:,.0f} k"))


def draw_pipeline(axes: Axes, rows: pd.DataFrame, stages: pd.Series) -> None:
    """Stacked bars, the earliest stage at the bottom."""
    title = "Open pipeline by month of expected close"
    if rows.empty:
        draw_nothing(axes, title)
        return
    rows["month"] = pd.PeriodIndex(rows["month"], freq="M")
    months = rows.pivot_table(index="month", columns="stage", values="value", aggfunc="sum", fill_value=0)
    months = months[[stage for stage in stages if stage in months]]
    months = months.reindex(pd.period_range(months.index.min(), months.index.max(), freq="M"), fill_value=0)
    months.index = months.index.strftime("%b %Y")
    months.plot.bar(ax=axes, stacked=True, width=0.7, rot=0, color=STAGES[: len(months.columns)])
    for at, total in enumerate(months.sum(axis=1)):
        if total:
            axes.annotate(f"{total / 1000:,.0f} k", (at, total), (0, 4), textcoords="offset points", ha="center")
    axes.set(title=title, xlabel="", ylabel="Estimated value, base currency")
    axes.legend(title="", frameon=False, reverse=True)
    axes.grid(axis="y", color="#e6e9ef")
    axes.set_axisbelow(True)
    thousands(axes.yaxis)


def draw_bars(axes: Axes, names: pd.Series, values: pd.Series, texts: pd.Series, title: str) -> None:
    """Bars with their figures beside them, the longest on top."""
    if names.empty:
        draw_nothing(axes, title)
        return
    bars = axes.barh(names[::-1], values[::-1], color=BAR, height=0.7)
    axes.bar_label(bars, texts[::-1], padding=5)
    axes.set_title(title)
    axes.margins(x=0.16, y=0.02)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000/graphql")
    parser.add_argument("--token", default=os.environ.get("CRMGRAPH_TOKEN", "demo-administrator"))
    parser.add_argument("--out", type=Path, default=Path("charts"), help="folder for the PNG files")
    parser.add_argument("--locale", default="en", help="language of the labels: en, es, de, pl")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    matplotlib.use("Agg")
    plt.rcParams.update(STYLE)

    data = ask(options.url, options.token, options.locale)
    pipeline, stages = table(data["pipeline"], "month", "stage", "value"), table(data["stages"], "stage")["stage"]
    activities, revenue = table(data["activities"], "kind", "count"), table(data["revenue"], "industry", "value")
    total = revenue["value"].sum() or 1
    shares = revenue["value"].map(lambda value: f"{value / 1000:,.0f} k  ({value / total:.0%})")

    charts = {
        "pipeline": lambda axes: draw_pipeline(axes, pipeline, stages),
        "activities": lambda axes: draw_bars(
            axes, activities["kind"], activities["count"], activities["count"].map("{:,}".format),
            "Activities of the last twelve months by kind",
        ),
        "revenue": lambda axes: draw_bars(
            axes, revenue["industry"], revenue["value"], shares, "Revenue of won deals by industry, base currency"
        ),
    }  # fmt: skip
    for name, draw in charts.items():
        figure, axes = plt.subplots(figsize=(9, 5))
        draw(axes)
        path = options.out / f"{name}.png"
        figure.savefig(path)
        plt.close(figure)
        print(path)


if __name__ == "__main__":
    main()
