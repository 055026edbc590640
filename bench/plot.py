# SPDX-License-Identifier: Apache-2.0
"""Horizontal bars of median wall times, as SVG. The scale is logarithmic: peers differ by a hundredfold."""
import math
from xml.sax.saxutils import escape

BAR, LEFT, WIDTH = 20, 240, 800


def svg(groups):
    out, y = [], 10
    for group in groups:
        rows = [r for r in group["rows"] if not r["missing"]]
        y += 24
        out.append('<text x="10" y="%d" font-weight="bold">%s</text>' % (y, escape(group["title"])))
        if not rows:
            continue
        low = min(r["wall_ms"] for r in rows) / 2
        span = math.log(max(r["wall_ms"] for r in rows) / low)
        for r in rows:
            y += BAR + 4
            width = (WIDTH - LEFT - 110) * math.log(r["wall_ms"] / low) / span
            colour = "#2a7" if r["name"].startswith("berth") else "#999"
            out.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 8, y, escape(r["name"])))
            out.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                       % (LEFT, y - BAR + 6, width, BAR - 2, colour))
            out.append('<text x="%.1f" y="%d">%.2f ms</text>' % (LEFT + width + 6, y, r["wall_ms"]))
        y += 12
    head = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
            'font-size="13">\n<rect width="100%%" height="100%%" fill="white"/>\n' % (WIDTH, y + 40))
    foot = '<text x="10" y="%d" fill="#666">median wall time, logarithmic scale per group</text>\n</svg>\n' % (y + 26)
    return head + "\n".join(out) + "\n" + foot
