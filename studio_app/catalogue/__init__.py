"""What lies on the artist's disks: which files are models, of which family, and in which role, by their headers alone.

Here: the headers of safetensors and GGUF, read as untrusted input; the families that are known and the marks they are
known by; looking through the folders in which people keep models. Nothing is loaded, no tensor is read, nothing is
imported because a file asks for it. Imports: core. No torch, no Qt; the engine reads its headers here, and the session
looks through folders in its reader's thread.
"""
