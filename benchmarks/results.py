# SPDX-License-Identifier: Apache-2.0
"""Kept results of script/bench: read, printed as a table, drawn over commits."""
import json
import math
from html import escape

HEADER = f"{'comparison':10} {'what':44} {'ours':>9} {'theirs':>9} {'unit':12} {'ratio':>6}  peer"


class Trouble(Exception):
    pass


def load(folder, name):
    file = folder / f"{name}.json"
    try:
        kept = json.loads(file.read_text())
        kept["results"], kept["commit"]
    except OSError:
        names = ", ".join(sorted(p.stem for p in folder.glob("*.json"))) or "none"
        raise Trouble(f"no result is kept as {name} in {folder}; there are: {names}") from None
    except (ValueError, KeyError, TypeError) as why:
        raise Trouble(f"{file} is no result of script/bench: {why}") from None
    return {"name": name, "commit_date": kept.get("time", ""), "time": "", **kept}


def load_all(folder, names):
    """In the order of the commits; those of one commit by their time."""
    kept = [load(folder, name) for name in names or sorted(p.stem for p in folder.glob("*.json"))]
    if not kept:
        raise Trouble(f"no result is kept in {folder} yet")
    return sorted(kept, key=lambda one: (moment(one["commit_date"]), one["time"]))


def moment(text):
    from datetime import datetime

    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"


def ratio(row):
    return "-" if row.get("ratio") is None else f"{row['ratio']:.2f}"


def line(row):
    start = f"{row['comparison']:10} {row['what']:44} "
    if "skipped" in row:
        return f"{start}skipped, {row.get('peer') or 'no peer'}: {row['skipped']}"
    share = f", {row['share_of_bound']:.0%} of the machine's bound" if "share_of_bound" in row else ""
    return (f"{start}{number(row['ours']):>9} {number(row.get('theirs')):>9} {row['unit']:12} {ratio(row):>6}  "
            f"{row.get('peer') or '-'}{share}")


def key(row):
    return row["comparison"], row["what"], row.get("peer") or ""


def table(first, second=None):
    def title(one):
        return f"{one['name']}: commit {one['commit'][:9]}{', changed' if one.get('changed') else ''}, {one['time']}, " \
               f"{one.get('machine', {}).get('cpu', 'unknown machine')}"

    if second is None:
        return "\n".join([title(first), HEADER, *map(line, first["results"])])
    # Peers are named as the ratio to them is compared: "compile" beside another commit is another row.
    lines = [title(first), title(second),
             f"{'comparison':10} {'what':44} {'ours':>9} {'then':>9} {'ratio':>6} {'then':>6} {'unit':12}  peer"]
    then = {key(row): row for row in second["results"]}
    rows = {key(row): row for row in first["results"]}
    for which in [*rows, *(k for k in then if k not in rows)]:
        a, b = (side.get(which) for side in (rows, then))
        known = [x if x and "skipped" not in x else None for x in (a, b)]
        unit = next((x["unit"] for x in known if x), "-")
        values = [number(x["ours"]) if x else "-" for x in known] + [ratio(x) if x else "-" for x in known]
        lines.append(f"{which[0]:10} {which[1]:44} {values[0]:>9} {values[1]:>9} {values[2]:>6} {values[3]:>6} {unit:12}  "
                     f"{which[2] or '-'}")
    return "\n".join(lines)


# --- the plot: a panel a row, a point a result -------------------------------------------------------------------------
WIDE, HIGH, COLUMNS, GAP, TOP = 280, 150, 4, 16, 62
LEFT, RIGHT, UPPER, LOWER = 40, 50, 46, 24
STYLE = """
 svg { --ink: #1d2733; --soft: #66727f; --rule: #d9dee4; --panel: #ffffff; --page: #f5f6f8; --line: #22618f; }
 @media (prefers-color-scheme: dark) {
  svg { --ink: #e5e9ee; --soft: #98a3af; --rule: #38424d; --panel: #1c2229; --page: #14181d; --line: #74b3e2; } }
 text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 11px; fill: var(--ink, #1d2733); }
 .page { fill: var(--page, #f5f6f8); } .panel { fill: var(--panel, #ffffff); stroke: var(--rule, #d9dee4); }
 .title { font-size: 16px; font-weight: 600; } .what { font-weight: 600; } .soft { fill: var(--soft, #66727f); font-size: 10px; }
 .grid { stroke: var(--rule, #d9dee4); } .one { stroke: var(--soft, #66727f); stroke-dasharray: 3 3; }
 .line { fill: none; stroke: var(--line, #22618f); stroke-width: 1.6; } .dot { fill: var(--line, #22618f); }
 .last { font-weight: 600; fill: var(--line, #22618f); }
"""


def text(x, y, what, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(what)}</text>'


def shortened(words, most):
    return words if len(words) <= most else words[:most - 1].rstrip() + "…"


def ticks(least, most):
    """Round numbers of a logarithmic axis that lie on it and stand apart, 1 among them."""
    apart = (math.log(most) - math.log(least)) / 6
    chosen = []
    for numbers in ((1,), (0.1, 10, 100, 0.01), (3, 0.3, 30), (2, 0.5, 5, 0.2, 20, 50), (1.5, 0.7, 7), (1.2, 0.8), (1.1, 0.9)):
        chosen += [n for n in numbers if least <= n <= most and all(abs(math.log(n / c)) >= apart for c in chosen)]
    return sorted(chosen)


def panel(x, y, comparison, title, peer, points, count):
    """points: (index of the result, its label, value)"""
    parts = [f'<g><rect class="panel" x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6"/>',
             f"<title>{escape(title)}, beside {escape(peer)}: "
             + escape("; ".join(f"{label} {value:.2f}" for _, label, value in points)) + "</title>",
             text(x + 12, y + 19, shortened(title, 40), "what"), text(x + 12, y + 34, f"{comparison}, beside {shortened(peer, 38)}", "soft")]
    least, most = min(1.0, *(v for *_, v in points)) / 1.12, max(1.0, *(v for *_, v in points)) * 1.12
    right, bottom = x + WIDE - RIGHT, y + HIGH - LOWER

    def at(index, value):
        across = 0.5 if count == 1 else index / (count - 1)
        up = (math.log(value) - math.log(least)) / (math.log(most) - math.log(least))
        return x + LEFT + 6 + across * (right - x - LEFT - 12), bottom - up * (bottom - y - UPPER)

    for tick in ticks(least, most):
        height = at(0, tick)[1]
        parts.append(f'<line class="{"one" if tick == 1 else "grid"}" x1="{x + LEFT}" x2="{right}" y1="{height:.1f}" '
                     f'y2="{height:.1f}"/>' + text(x + LEFT - 6, height + 3.5, f"{tick:g}", "soft", "end"))
    places = [at(index, value) for index, _, value in points]
    if len(places) > 1:
        parts.append('<polyline class="line" points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in places) + '"/>')
    parts += [f'<circle class="dot" cx="{a:.1f}" cy="{b:.1f}" r="2.8"/>' for a, b in places]
    parts.append(text(places[-1][0] + 8, places[-1][1] + 4, f"{points[-1][2]:.2f}", "last"))
    first, last = points[0], points[-1]
    if count == 1 or first[0] == last[0]:
        parts.append(text(places[-1][0], y + HIGH - 8, last[1], "soft", "middle"))
    else:
        parts.append(text(x + LEFT, y + HIGH - 8, first[1], "soft") + text(right, y + HIGH - 8, last[1], "soft", "end"))
    return "".join(parts) + "</g>"


def plot(kept):
    rows = {}
    for index, one in enumerate(kept):
        for row in one["results"]:
            if row.get("ratio") and row["ratio"] > 0:
                which = key(row)
                if which[0] == "compile":  # beside another commit each time
                    which = (*which[:2], "the commit named by --against")
                label = shortened(one["commit"][:7] + ("*" if one.get("changed") else ""), 9)
                rows.setdefault(which, []).append((index, label, row["ratio"]))
    if not rows:
        raise Trouble("no row of these results has a ratio: there is nothing to draw")
    parts, place = [], 0
    for place, ((comparison, what, peer), points) in enumerate(sorted(rows.items(), key=lambda item: item[0][0])):
        down, across = divmod(place, COLUMNS)
        parts.append(panel(GAP + across * (WIDE + GAP), TOP + down * (HIGH + GAP), comparison, what, peer, points, len(kept)))
    width, height = GAP + COLUMNS * (WIDE + GAP), TOP + (place // COLUMNS + 1) * (HIGH + GAP) + 24
    names = ", ".join(one["name"] for one in kept)
    machines = sorted({one.get("machine", {}).get("cpu", "unknown machine") for one in kept})
    head = [text(GAP, 28, "Ratio to the named peer, over commits", "title"),
            text(GAP, 46, "Above 1: ours is faster, or smaller. Logarithmic; the dashed line is the peer. "
                 "* : measured with changes that were not committed.", "soft"),
            text(GAP, height - 14, shortened(f"{'; '.join(machines)}. Results: {names}", 200), "soft")]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">\n'
            f"<!-- SPDX-License-Identifier: Apache-2.0 -->\n<title>Ratios to the named peers: {escape(names)}</title>\n"
            f"<style>{STYLE}</style>\n"
            f'<rect class="page" width="{width}" height="{height}"/>\n' + "\n".join([*head, *parts]) + "\n</svg>\n")
