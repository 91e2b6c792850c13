"""Between pixels and latents: encoders, decoders, drafts and tiny decoders, previews, and the maps of a latent."""
