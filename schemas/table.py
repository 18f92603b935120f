"""Tables: the header and all rows, cell by cell, as printed."""

from collections.abc import Iterator

from pydantic import BaseModel, Field

from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed


class Grid(BaseModel):
    """One table."""

    caption: str | None = printed("Caption", "The title above or below the table.", labels="Table; Tabelle; Tableau")
    columns: list[str] = Field(
        default_factory=list,
        title="Columns",
        description="The header of each column from left to right; headers of several lines are joined; '' where there is none.",
    )
    rows: list[list[str | None]] = Field(
        default_factory=list,
        title="Rows",
        description="The cells of each row from left to right, as printed; null for an empty cell. A merged cell is repeated.",
    )
    notes: list[str] = Field(default_factory=list, title="Notes", description="Footnotes of the table.")


class Table(Checked):
    """The tables of the pages, from top to bottom."""

    tables: list[Grid] = Field(default_factory=list, title="Tables", description="All tables in reading order.")

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Rows that have more or fewer cells than the table has columns."""
        for i, table in enumerate(self.tables):
            width = len(table.columns) or len(table.rows[0] if table.rows else ())
            for j, row in enumerate(table.rows):
                if len(row) != width:
                    yield Inconsistency(
                        f"a row has not as many cells as the table has columns: {len(row)} of {width}",
                        (f"/tables/{i}/rows/{j}",),
                    )
