"""LoRAs: their files in every layout, what layers are called there, and wearing them in a model's weights."""
