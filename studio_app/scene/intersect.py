"""Where a ray meets a solid: closed forms in local coordinates, for numpy arrays and torch tensors.

Every function takes `xp` (the array module: numpy, or torch) and works component by component, so
that one set of formulas serves the interactive caster and the batched one. Rays are o + t*d with d
of any length: an affine transform of the solid leaves t untouched. Convex solids give the interval
(t_in, t_out) that the ray spends inside (t_in > t_out: missed); torus and rounded box are
sphere-traced inside their bounds (Hart 1996; distance functions after Quilez,
iquilezles.org/articles/distfunctions).
"""

from __future__ import annotations

import math
from typing import Any

Array = Any  # numpy array or torch tensor, shaped like the ray's components
Interval = tuple[Array, Array]

INF = float("inf")
_EPS = 1e-9
_TRACE_STEPS = 28


def _safe(d: Array, xp: Any) -> Array:
    return xp.where(xp.abs(d) < _EPS, _EPS, d)


def _half_space(fo: Array, fd: Array, xp: Any) -> Interval:
    """The part of a ray where fo + t*fd <= 0."""
    fd = _safe(fd, xp)
    t = -fo / fd
    return xp.where(fd > 0, -INF, t), xp.where(fd > 0, t, INF)


def _meet(a: Interval, b: Interval, xp: Any) -> Interval:
    return xp.maximum(a[0], b[0]), xp.minimum(a[1], b[1])


def _slab(o: Array, d: Array, half: Any, xp: Any) -> Interval:
    inverse = 1.0 / _safe(d, xp)
    a, b = (-half - o) * inverse, (half - o) * inverse
    return xp.minimum(a, b), xp.maximum(a, b)


def _roots(a: Array, b: Array, c: Array, xp: Any) -> Interval:
    """Both roots of a t^2 + 2 b t + c, ordered, for a > 0; no real root gives an empty interval."""
    disc = b * b - a * c
    root = xp.sqrt(xp.where(disc > 0, disc, 0.0))
    a = xp.where(a < _EPS, _EPS, a)
    miss = disc <= 0
    return xp.where(miss, INF, (-b - root) / a), xp.where(miss, -INF, (-b + root) / a)


def _sphere(o: Array, d: Array, p: Any, xp: Any, shift: Any = 0.0) -> Interval:
    (ox, oy, oz), (dx, dy, dz) = o, d
    oy = oy - shift
    return _roots(
        dx * dx + dy * dy + dz * dz,
        ox * dx + oy * dy + oz * dz,
        ox * ox + oy * oy + oz * oz - 1.0,
        xp,
    )


def _box(o: Array, d: Array, p: Any, xp: Any) -> Interval:
    out = _slab(o[0], d[0], 1.0, xp)
    out = _meet(out, _slab(o[1], d[1], 1.0, xp), xp)
    return _meet(out, _slab(o[2], d[2], 1.0, xp), xp)


def _tube(o: Array, d: Array, xp: Any) -> Interval:
    """The endless cylinder x^2 + z^2 <= 1."""
    (ox, _, oz), (dx, _, dz) = o, d
    c = ox * ox + oz * oz - 1.0
    a = dx * dx + dz * dz
    lo, hi = _roots(a, ox * dx + oz * dz, c + 0.0 * a, xp)
    along = (a < 1e-12) & (c < 0)
    return xp.where(along, -INF, lo), xp.where(along, INF, hi)


def _cylinder(o: Array, d: Array, p: Any, xp: Any) -> Interval:
    return _meet(_tube(o, d, xp), _slab(o[1], d[1], 1.0, xp), xp)


def _cone(o: Array, d: Array, p: Any, xp: Any) -> Interval:
    (ox, oy, oz), (dx, dy, dz) = o, d
    m, n = (1.0 + p[0]) / 2, (1.0 - p[0]) / 2
    r = m - n * oy
    a = dx * dx + dz * dz - n * n * dy * dy
    b = ox * dx + oz * dz + n * dy * r
    c = ox * ox + oz * oz - r * r
    a = xp.where(xp.abs(a) < 1e-7, 1e-7, a)
    disc = b * b - a * c
    root = xp.sqrt(xp.where(disc > 0, disc, 0.0))
    t1, t2 = (-b - root) / a, (-b + root) / a
    low, high = xp.minimum(t1, t2), xp.maximum(t1, t2)
    # A ray steeper than the side (a < 0) meets both nappes of the double cone, one root each: ours
    # is entered at the later root when the radius grows along the ray, and left at the earlier one
    # when it shrinks.
    steep, growing = a < 0, n * dy < 0
    t_in = xp.where(steep, xp.where(growing, high, -INF), xp.where(disc > 0, low, INF))
    t_out = xp.where(steep, xp.where(growing, INF, low), xp.where(disc > 0, high, -INF))
    return _meet((t_in, t_out), _slab(oy, dy, 1.0, xp), xp)


def _capsule(o: Array, d: Array, p: Any, xp: Any) -> Interval:
    tube = _meet(_tube(o, d, xp), _slab(o[1], d[1], p[0], xp), xp)
    t_in, t_out = (
        xp.where(tube[0] <= tube[1], tube[0], INF),
        xp.where(tube[0] <= tube[1], tube[1], -INF),
    )
    for shift in (p[0], -p[0]):
        ball = _sphere(o, d, p, xp, shift)
        t_in, t_out = xp.minimum(t_in, ball[0]), xp.maximum(t_out, ball[1])
    return t_in, t_out


def _prism_sides(p: Any) -> tuple[list[tuple[float, float]], Any, Any]:
    """Outward directions (c, s) of the sides, slope, offset: c*x + s*z + slope*y <= offset."""
    n = int(p[0])
    apothem = math.cos(math.pi / n)
    angles = [2 * math.pi * (i + 0.5) / n for i in range(n)]
    slope, offset = apothem * (1.0 - p[1]) / 2, apothem * (1.0 + p[1]) / 2
    return [(math.cos(a), math.sin(a)) for a in angles], slope, offset


def _prism(o: Array, d: Array, p: Any, xp: Any) -> Interval:
    sides, slope, offset = _prism_sides(p)
    out = _slab(o[1], d[1], 1.0, xp)
    for c, s in sides:
        fo = c * o[0] + s * o[2] + slope * o[1] - offset
        fd = c * d[0] + s * d[2] + slope * d[1]
        out = _meet(out, _half_space(fo + 0.0 * fd, fd + 0.0 * fo, xp), xp)
    return out


def _torus_distance(x: Array, y: Array, z: Array, p: Any, xp: Any) -> Array:
    q = xp.sqrt(x * x + z * z) - 1.0
    return xp.sqrt(q * q + y * y) - p[0]


def _rounded_box_distance(x: Array, y: Array, z: Array, p: Any, xp: Any) -> Array:
    r = p[0]
    qx, qy, qz = xp.abs(x) - 1.0 + r, xp.abs(y) - 1.0 + r, xp.abs(z) - 1.0 + r
    inside = xp.maximum(qx, xp.maximum(qy, qz))
    ax, ay, az = (xp.where(q > 0, q, 0.0) for q in (qx, qy, qz))
    return xp.sqrt(ax * ax + ay * ay + az * az) + xp.where(inside < 0, inside, 0.0) - r


_DISTANCES = {"torus": _torus_distance, "rounded_box": _rounded_box_distance}


def _trace(kind: str, o: Array, d: Array, p: Any, clip: Any, xp: Any, least: Any) -> Interval:
    bound = (1.0 + p[0]) if kind == "torus" else 1.0
    tube = p[0] if kind == "torus" else 1.0
    box = _slab(o[0], d[0], bound, xp)
    box = _meet(box, _slab(o[1], d[1], tube, xp), xp)
    box = _meet(box, _slab(o[2], d[2], bound, xp), xp)
    distance = _DISTANCES[kind]
    speed = 1.0 / xp.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    hit_box = (box[0] <= box[1]) & (box[1] > least)
    t = xp.where(hit_box, xp.where(box[0] > least, box[0], least), 0.0)
    gap = t
    for _ in range(_TRACE_STEPS):
        x, y, z = o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]
        gap = distance(x, y, z, p, xp)
        if clip is not None:
            gap = xp.maximum(gap, clip[0] * x + clip[1] * y + clip[2] * z - clip[3])
        t = t + gap * speed
    hit = hit_box & (gap < 2e-3) & (t <= box[1])
    return xp.where(hit, t, INF), xp.where(hit, INF, -INF)


_CONVEX = {
    "sphere": _sphere,
    "box": _box,
    "cylinder": _cylinder,
    "cone": _cone,
    "capsule": _capsule,
    "prism": _prism,
}


def hit(kind: str, params: Any, clip: Any, o: Array, d: Array, xp: Any, least: Any = 0.0) -> Array:
    """The first t > `least` at which the ray enters the solid, inf where it does not.

    o, d: triples of components in local coordinates, broadcastable to one shape. least: where the rays begin, below 0
    where o is not at the camera but nearer to the solid. A ray that starts
    inside a solid does not see it (a camera in a wall looks out of it). clip: as in `Primitive`,
    with a unit normal.
    """
    if kind == "plane":
        # Half of a picture is often ground: the shortest way, and it has no back side to leave by.
        t = -o[1] / _safe(d[1], xp)
        return xp.where((d[1] < 0) & (t > least + 1e-6), t, INF)
    if kind in _DISTANCES:
        t_in, t_out = _trace(kind, o, d, params, clip, xp, least)
    else:
        t_in, t_out = _CONVEX[kind](o, d, params, xp)
        if clip is not None:
            fo = clip[0] * o[0] + clip[1] * o[1] + clip[2] * o[2] - clip[3]
            fd = clip[0] * d[0] + clip[1] * d[1] + clip[2] * d[2]
            cut = _half_space(fo + 0.0 * fd, fd + 0.0 * fo, xp)
            t_in, t_out = _meet((t_in, t_out), cut, xp)
    return xp.where((t_in <= t_out) & (t_in > least + 1e-6), t_in, INF)


def _pick(faces: list[tuple[Array, tuple[Array, Array, Array]]], xp: Any) -> tuple[Array, ...]:
    """The normal of the face whose signed distance is largest: the one the point lies on."""
    best, (nx, ny, nz) = faces[0]
    for distance, normal in faces[1:]:
        take = distance > best
        best = xp.where(take, distance, best)
        nx, ny, nz = (xp.where(take, a, b) for a, b in zip(normal, (nx, ny, nz), strict=True))
    return nx, ny, nz


def _sign(v: Array, xp: Any) -> Array:
    return xp.where(v < 0, -1.0, 1.0)


def _numeric_normal(kind: str, x: Array, y: Array, z: Array, p: Any, xp: Any) -> tuple[Array, ...]:
    f, e = _DISTANCES[kind], 1e-3
    return (
        f(x + e, y, z, p, xp) - f(x - e, y, z, p, xp),
        f(x, y + e, z, p, xp) - f(x, y - e, z, p, xp),
        f(x, y, z + e, p, xp) - f(x, y, z - e, p, xp),
    )


def normal(
    kind: str, params: Any, clip: Any, x: Array, y: Array, z: Array, xp: Any
) -> tuple[Array, Array, Array]:
    """Outward normal (not normalised) at a point on the solid's surface, local coordinates."""
    zero = 0.0 * x
    radius = xp.sqrt(x * x + z * z)
    cap = (xp.abs(y) - 1.0, (zero, _sign(y, xp), zero))
    faces: list[tuple[Array, Any]]
    if kind == "sphere":
        faces = [(xp.sqrt(x * x + y * y + z * z) - 1.0, (x, y, z))]
    elif kind == "box":
        faces = [
            (xp.abs(x) - 1.0, (_sign(x, xp), zero, zero)),
            cap,
            (xp.abs(z) - 1.0, (zero, zero, _sign(z, xp))),
        ]
    elif kind == "cylinder":
        faces = [(radius - 1.0, (x, zero, z)), cap]
    elif kind == "cone":
        m, n = (1.0 + params[0]) / 2, (1.0 - params[0]) / 2
        safe = xp.where(radius < _EPS, _EPS, radius)
        faces = [((radius - m + n * y), (x / safe, zero + n, z / safe)), cap]
    elif kind == "capsule":
        h = params[0]
        beyond = xp.where(y > h, y - h, xp.where(y < -h, y + h, 0.0))
        faces = [(xp.sqrt(radius * radius + beyond * beyond) - 1.0, (x, beyond, z))]
    elif kind == "plane":
        faces = [(y, (zero, zero + 1.0, zero))]
    elif kind == "prism":
        sides, slope, offset = _prism_sides(params)
        faces = [cap]
        faces += [
            (c * x + s * z + slope * y - offset, (zero + c, zero + slope, zero + s))
            for c, s in sides
        ]
    else:
        distance = _DISTANCES[kind](x, y, z, params, xp)
        faces = [(distance, _numeric_normal(kind, x, y, z, params, xp))]
    if clip is not None:
        distance = clip[0] * x + clip[1] * y + clip[2] * z - clip[3]
        faces.append((distance, (zero + clip[0], zero + clip[1], zero + clip[2])))
    nx, ny, nz = _pick(faces, xp)
    return nx, ny, nz
