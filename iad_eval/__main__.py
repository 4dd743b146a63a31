"""``python -m iad_eval``."""

import sys

from iad_eval.cli import main

sys.exit(main())
