"""What a picture says of where it came from, and what can be found out about one.

Here: the XMP packet that marks a model's work (always), the EXIF comment and the texts that other tools read, what
a PNG, JPEG or WebP holds of all this, the recipes of other tools as requests, a signature (C2PA), and everything
that is known of a file at once. Pixels are somebody else's: pictures.py embeds what is made here.
"""
