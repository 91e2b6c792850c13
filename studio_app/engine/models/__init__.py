"""What a loaded model is to the rest of the engine, whatever its family, and what several families have in common.

Here: `Family` and `Model` (`family.py`), what is remembered of one model by content, Stable Diffusions of every size,
transformers, what those that follow a flow can do, and those that are told their words by a Qwen3. No family is known
here by name.
"""
