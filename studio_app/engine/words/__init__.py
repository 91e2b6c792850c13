"""What a denoiser is told of a prompt: the syntax of prompts, text encoders and their vocabularies, named tensors.

Here: CLIP, T5 and Qwen3, each with how a prompt is cut for it, and what a negative prompt does without a pass of its
own. Which of them a model has, and what is made of their outputs, its family knows.
"""
