"""A chart or plot: what it shows, its axes, and its data as far as they can be read."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed


class Axis(BaseModel):
    """One axis."""

    title: str | None = printed("Title", "What is written along the axis.")
    unit: str | None = printed("Unit", "The unit of its numbers: %, kg, million EUR.")
    minimum: float | None = printed("Minimum", "The lowest number on the axis.")
    maximum: float | None = printed("Maximum", "The highest number on the axis.")
    scale: Literal["linear", "logarithmic", "category", "time"] | None = printed("Scale", "How the axis is divided.")


class Point(BaseModel):
    """One bar, slice, or point."""

    label: str | None = printed("Label", "The category, or the position on the x axis, as printed.")
    value: float | None = printed("Value", "The number; null where it can neither be read nor estimated.")
    estimated: bool | None = printed(
        "Estimated", "True where the number was read off the drawing, false where it is printed."
    )


class Series(BaseModel):
    """One series of data."""

    name: str | None = printed("Name", "The name in the legend.")
    points: list[Point] = Field(default_factory=list, title="Points", description="The data from left to right.")


class Chart(Checked):
    """A chart."""

    type: (
        Literal["bar", "line", "pie", "area", "scatter", "histogram", "box", "heatmap", "combined", "other"] | None
    ) = printed("Type", "The kind of chart.")
    title: str | None = printed("Title", "The title of the chart.")
    subtitle: str | None = printed("Subtitle", "What stands below the title.")
    x_axis: Axis | None = printed("X axis", "The horizontal axis.")
    y_axis: Axis | None = printed("Y axis", "The vertical axis.")
    series: list[Series] = Field(
        default_factory=list, title="Series", description="The series of data, as in the legend."
    )
    source: str | None = printed(
        "Source",
        "Where the data come from, as printed.",
        labels="Source; Data source; Quelle; Datenquelle; Source des données",
    )
    summary: str | None = printed("Summary", "What the chart shows, in one sentence.")

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Shares of a pie that exceed a hundred percent, and estimated values beyond the axis."""
        unit = self.y_axis.unit if self.y_axis else None
        for i, series in enumerate(self.series):
            values = [point.value for point in series.points if point.value is not None]
            whole = bool(values) and len(values) == len(series.points)
            # Half a percent a slice may come from rounding.
            if self.type == "pie" and unit == "%" and whole and abs(sum(values) - 100) > len(values) / 2:
                yield Inconsistency(f"the slices do not make 100 %: {sum(values):g} %", (f"/series/{i}/points",))
        yield from self._beyond_axis()

    def _beyond_axis(self) -> Iterator[Inconsistency]:
        axis = self.y_axis
        if axis is None or axis.maximum is None or len(self.series) != 1 or self.type not in ("bar", "line", "area"):
            return
        for i, point in enumerate(self.series[0].points):
            if point.estimated and point.value is not None and point.value > axis.maximum:
                yield Inconsistency(
                    f"a value read off the drawing lies beyond the axis: {point.value:g}, "
                    f"the axis ends at {axis.maximum:g}",
                    (f"/series/0/points/{i}/value", "/y_axis/maximum"),
                )
