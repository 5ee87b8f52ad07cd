"""The one place of the product's version: what `make dist` builds, what `--version` says, what an event names as its writer."""

VERSION = "0.1.0"
APP = f"shuoshi/{VERSION}"
