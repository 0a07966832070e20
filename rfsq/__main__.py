"""`python -m rfsq …`"""

import sys

from rfsq.commands.cli import main

sys.exit(main())
