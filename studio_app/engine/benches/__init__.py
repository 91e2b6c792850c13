"""How quick the engine is here, against the pipelines of diffusers in the same run; `underpaint bench engine`."""
