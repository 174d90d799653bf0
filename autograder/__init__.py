"""The autograder: what builds the lessons and grades the notebooks. For instructors and authors only."""

import sys

# On import, jsonschema (the validator of nbformat) builds a grammar of internationalised addresses, which
# takes three seconds, unless this package is missing. No notebook holds such an address.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
