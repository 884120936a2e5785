"""Entry of /install.sh."""

import sys

from metal_installer.installation import main

sys.exit(main())
