"""How the embedded model came to be, and comes to be again: from a seed and a recipe.

Here: recipes, the loop, batches, timesteps, losses, checkpoints, and how a run is published as a model folder; in rooms
of their own the stages that are trained (stages/), the world they learn from (world/), what judges a finished model
(judge/) and how words are looked up (lexicon/). Forward process, model classes and samplers are
the engine's own, so that what is trained is what runs.
Imports: engine, scene, core, torch. Not the artist's document, no Qt: training needs no window.
"""
