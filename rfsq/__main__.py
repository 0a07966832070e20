"""`python -m rfsq …`"""

import sys

from rfsq.commands.cli import main

if __name__ == "__main__":  # not when a process that was started from here imports it again
    sys.exit(main())
