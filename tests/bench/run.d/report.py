#!/usr/bin/env python3
"""Makes a Markdown table and a picture of the figures that measurements wrote (tests/bench/lib.sh says how).

report.py CONDITIONS ROWS [OLD-ROWS] --table FILE --picture FILE
The picture has a bar for each figure with a target: how far it is above or below it, on a logarithmic scale.
"""

import argparse
import html
import math
from pathlib import Path

FIELDS = ("bench", "text", "value", "comparison", "target", "verdict", "remark")
ROW, LEFT, WIDTH = 22, 420, 400


def read(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [dict(zip(FIELDS, line.split("\t") + [""] * len(FIELDS))) for line in lines]


def table(conditions, rows, old):
    """The old figures are found by measurement and text."""
    before = {(row["bench"], row["text"]): row["value"] for row in old}
    head = ["measured", "figure", "target", ""] + (["before", "now / before"] if old else []) + ["remark"]
    lines = [conditions, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [f"{row['bench']}: {row['text'].strip()}", number(row["value"]),
                 f"{row['comparison']} {row['target']}".strip(), row["verdict"]]
        if old:
            then = before.get((row["bench"], row["text"]), "")
            cells += [number(then), quotient(row["value"], then)]
        lines.append("| " + " | ".join(cells + [row["remark"]]) + " |")
    return "\n".join(lines) + "\n"


def number(text):
    return f"{float(text):.2f}" if text else ""


def quotient(now, then):
    return f"{float(now) / float(then):.2f}" if now and then and float(then) else ""


def margin(row):
    """How many times better than the target; below one it was missed. None where that says nothing."""
    value, target = float(row["value"]), float(row["target"])
    if value <= 0 or target <= 0:
        return None
    return value / target if row["comparison"].startswith(">") else target / value


def picture(rows):
    bars = [(row, margin(row)) for row in rows if row["target"]]
    bars = [(row, share) for row, share in bars if share is not None]
    height = ROW * (len(bars) + 2)
    middle = LEFT + WIDTH / 3
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<text x="{middle}" y="14" text-anchor="middle">the target</text>',
             f'<line x1="{middle}" x2="{middle}" y1="20" y2="{height}" stroke="#666"/>']
    for place, (row, share) in enumerate(bars):
        top = ROW * (place + 1) + 4
        length = max(-WIDTH / 3, min(WIDTH * 2 / 3, math.log2(share) * WIDTH / 9))
        start, colour = (middle, "#2a7f3f") if share >= 1 else (middle + length, "#b3261e")
        label = html.escape(f"{row['bench']}: {row['text'].strip()}")
        lines += [f'<text x="{LEFT - 8}" y="{top + 12}" text-anchor="end">{label}</text>',
                  f'<rect x="{start:.1f}" y="{top}" width="{abs(length):.1f}" height="{ROW - 8}" fill="{colour}"/>',
                  f'<text x="{LEFT + WIDTH + 8}" y="{top + 12}">{number(row["value"])}</text>']
    return "\n".join(lines + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conditions")
    parser.add_argument("rows")
    parser.add_argument("old", nargs="?")
    parser.add_argument("--table", required=True)
    parser.add_argument("--picture", required=True)
    arguments = parser.parse_args()
    rows = read(arguments.rows)
    old = read(arguments.old) if arguments.old else []
    conditions = Path(arguments.conditions).read_text(encoding="utf-8").strip()
    Path(arguments.table).write_text(table(conditions, rows, old), encoding="utf-8")
    Path(arguments.picture).write_text(picture(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
