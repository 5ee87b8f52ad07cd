"""A chart as SVG for a page: colours by class, every mark that has an address a link, readable by a screen reader."""

from __future__ import annotations

from html import escape

from county_hub.report.charts.shapes import Chart, Dot, Line, Rect, Shape, Text


def svg(chart: Chart) -> str:
    """Everything in it is escaped."""
    linked = any(getattr(shape, "href", "") for shape in chart.shapes)
    role = "group" if linked else "img"
    inner = "".join(map(_shape, chart.shapes))
    return (f'<svg class="chart" viewBox="0 0 {chart.width:g} {chart.height:g}" width="{chart.width:g}" height="{chart.height:g}"'
            f' role="{role}" aria-label="{escape(chart.label)}">{inner}</svg>')


def _shape(shape: Shape) -> str:
    if isinstance(shape, Text):
        return (f'<text x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size:g}" text-anchor="{shape.anchor}"'
                f' class="t-{shape.tone}" aria-hidden="true">{escape(shape.words)}</text>')
    title = f"<title>{escape(shape.title)}</title>" if shape.title else ""
    drawn = _drawn(shape, title if not shape.href else "")
    if not shape.href:
        return drawn
    return f'<a href="{escape(shape.href)}" aria-label="{escape(shape.title)}">{title}{drawn}</a>'


def _drawn(shape: Rect | Line | Dot, title: str) -> str:
    if isinstance(shape, Rect):
        edge = f' e-{shape.edge}' if shape.edge else ""
        return (f'<rect x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}" rx="{shape.radius:g}"'
                f' class="k-{shape.tone}{edge}">{title}</rect>')
    if isinstance(shape, Dot):
        return f'<circle cx="{shape.x:g}" cy="{shape.y:g}" r="{shape.radius:g}" class="k-{shape.tone}">{title}</circle>'
    points = " ".join(f"{x:g},{y:g}" for x, y in shape.points)
    if shape.area:
        return f'<polygon points="{points}" class="k-{shape.tone} e-before" stroke-width="{shape.width:g}">{title}</polygon>'
    dash = ' stroke-dasharray="5 4"' if shape.dashed else ""
    return f'<polyline points="{points}" class="l-{shape.tone}" stroke-width="{shape.width:g}"{dash}>{title}</polyline>'
