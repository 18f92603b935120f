"""A diagram, such as a flow chart or an architecture drawing: its boxes and what connects them."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed


class Node(BaseModel):
    """One box, circle or other shape."""

    id: str | None = printed("Id", "A short name that no other node has, for the edges to refer to: n1, n2, …")
    label: str | None = printed("Label", "The text in or at the shape.")
    shape: str | None = printed("Shape", "The shape in one word: rectangle, diamond, circle, cylinder, actor.")
    group: str | None = printed("Group", "The frame or lane that it lies in.")


class Edge(BaseModel):
    """One connection."""

    source: str | None = printed("From", "The id of the node where it starts.")
    target: str | None = printed("To", "The id of the node where it ends.")
    label: str | None = printed("Label", "The text on the line.")
    direction: Literal["forward", "both", "none"] | None = printed("Direction", "Which ends bear an arrowhead.")


class Diagram(Checked):
    """A diagram."""

    type: (
        Literal["flowchart", "architecture", "sequence", "class", "entity_relationship", "network", "tree", "other"]
        | None
    ) = printed("Type", "The kind of diagram.")
    title: str | None = printed("Title", "The title of the diagram.")
    nodes: list[Node] = Field(default_factory=list, title="Nodes", description="All shapes that carry meaning.")
    edges: list[Edge] = Field(default_factory=list, title="Edges", description="All lines and arrows between them.")
    summary: str | None = printed("Summary", "What the diagram shows, in one sentence.")

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Ids given twice, and lines that end at a node that is not there."""
        ids = [node.id for node in self.nodes]
        for i, name in enumerate(ids):
            if name is not None and name in ids[:i]:
                yield Inconsistency(
                    f"two nodes have the same id: {name}", (f"/nodes/{ids.index(name)}/id", f"/nodes/{i}/id")
                )
        for i, edge in enumerate(self.edges):
            for end, name in (("source", edge.source), ("target", edge.target)):
                if self.nodes and name is not None and name not in ids:
                    yield Inconsistency(f"a line ends at a node that is not there: {name}", (f"/edges/{i}/{end}",))
