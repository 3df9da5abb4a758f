#!/bin/sh
# Everything that has to be green before a commit, cheapest first. Run it as: npm run check
set -eu
tsc --noEmit
oxlint --type-aware --deny-warnings
oxfmt --check
knip
vitest run --project unit
