"""`python -m studio_app.training.lexicon [WORDNET_DICT_FOLDER]`."""

import sys

from studio_app.training.lexicon.build import main

if __name__ == "__main__":
    sys.exit(main())
