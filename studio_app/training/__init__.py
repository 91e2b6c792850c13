"""How the embedded model came to be, and comes to be again: from a seed and a recipe.

Here: the stages (data, autoencoder, teacher, distillation, the decoders, probe), their recipes, schedules, losses,
checkpoints and evaluation; world/ holds what they learn from. Forward process, model classes and samplers are
the engine's own, so that what is trained is what runs.
Imports: engine, scene, core, torch. Not the artist's document, no Qt: training needs no window.
"""
