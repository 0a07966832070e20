"""`python -m rfsq …`"""

import sys

from rfsq.cli import main

sys.exit(main())
