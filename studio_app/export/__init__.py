"""From a picture and its drawing into a game project: with the right name, alpha, maps and import settings.

Here: pictures of every format as bytes, sprites and sheets, texture sets, the targets (one file each: what an engine
wants beside a picture), names, the plan of an export and its writing as one piece, the ledger of what went out, what
a picture says of itself (provenance/). The way through: settings and pictures (`making.make_asset`) become an asset,
an asset and a project a plan (`plan.make_plan`), which is shown, and carried out or not (`transaction.carry_out`).
Imports: document, scene, core, numpy, pillow. No Qt, no torch: what a model knows (matte, maps) comes as arrays.
A checkpoint is published (training/publish.py), not exported.
"""
