"""What a chart says, as a reader sees it: without markup, with ordinary spaces."""

import re

import plotly.graph_objects as go


def plain(text: str) -> str:
    """Text without markup, with ordinary spaces."""
    return re.sub(r"<[^>]+>", "", text.replace("<br>", " ")).replace("\u202f", " ")


def title(fig: go.Figure) -> str:
    """The title of a chart."""
    return plain(fig.layout.title.text)


def names(fig: go.Figure) -> list[str]:
    """The names right of the plot."""
    return [plain(a.text) for a in fig.layout.annotations if a.xref == "paper" and a.x == 1]


def trace(fig: go.Figure, name: str) -> go.Scatter:
    """The line of this name."""
    return next(t for t in fig.data if t.name == name)
