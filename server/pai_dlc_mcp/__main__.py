"""``python -m pai_dlc_mcp`` is ``pai-dlc-mcp``."""

import sys

from .cli import main

sys.exit(main())
