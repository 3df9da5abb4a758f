#!/bin/sh
# Everything that has to be green before a commit, cheapest first. Run it as: npm run check
# `npm run check:static` leaves the unit tests out.
set -eu
tsc --noEmit
oxlint --type-aware --deny-warnings
oxfmt --check
knip
[ "${1:-}" = --static ] || vitest run --project unit
