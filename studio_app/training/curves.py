"""Loss curves: a CSV that grows with the run, and a picture of it."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from PIL import Image, ImageDraw

from studio_app.core.files import replace_atomic, write_text_atomic

_SKIP = {"step", "samples", "seconds", "lr"}
_INKS = [(62, 120, 178), (214, 106, 60), (88, 150, 90), (150, 90, 160), (120, 120, 120)]


class Curve:
    """Rows of named numbers by step, in `folder`/curve.csv and curve.png."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, float]] = []
        path = folder / "curve.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    self.rows.append({k: float(v) for k, v in row.items() if v})

    def add(self, step: int, values: dict[str, float]) -> None:
        """Appends one row."""
        self.rows.append({"step": step, **values})

    def cut(self, step: int) -> None:
        """Drops rows after `step`: the run goes on from an earlier state."""
        self.rows = [row for row in self.rows if row["step"] <= step]

    def write(self) -> None:
        """Writes both files. Raises StudioError when the disk is full."""
        if not self.rows:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        names = list(dict.fromkeys(key for row in self.rows for key in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        for row in self.rows:
            writer.writerow({key: f"{value:.6g}" for key, value in row.items()})
        write_text_atomic(self.folder / "curve.csv", text.getvalue())
        with replace_atomic(self.folder / "curve.png") as temporary:
            self.picture().save(temporary, "PNG")

    def picture(self, width: int = 720, height: int = 360) -> Image.Image:
        """Every series on a logarithmic axis of its own range, with its last value."""
        image = Image.new("RGB", (width, height), (250, 250, 250))
        draw = ImageDraw.Draw(image)
        names = [n for n in dict.fromkeys(k for row in self.rows for k in row) if n not in _SKIP]
        last = max(row["step"] for row in self.rows) or 1.0
        for number, name in enumerate(names):
            points = [(r["step"], r[name]) for r in self.rows if r.get(name, 0) > 0]
            if not points:
                continue
            logs = [math.log(v) for _, v in points]
            low, high = min(logs), max(logs)
            span = max(high - low, 1e-6)
            ink = _INKS[number % len(_INKS)]
            line = [
                (8 + (width - 16) * s / last, height - 8 - (height - 24) * (v - low) / span)
                for (s, _), v in zip(points, logs, strict=True)
            ]
            draw.line(line, fill=ink, width=2)
            draw.text((width - 190, 8 + 14 * number), f"{name} {points[-1][1]:.4g}", fill=ink)
        return image
