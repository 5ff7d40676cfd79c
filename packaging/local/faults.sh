#!/usr/bin/env bash
# Every fault by force against the published binaries, one after another; their figures end in out/faults.json and in a table.
# usage: faults.sh [FILTER], e.g. faults.sh KillTests
set -uo pipefail
cd "$(dirname "$0")/../.."
rm -rf out/faults; mkdir -p out/faults out/test-results
dotnet build tests/Faults.Tests -v q --nologo -p:Faults=true || exit 1
status=0
dotnet test tests/Faults.Tests --no-build --nologo -p:Faults=true --results-directory out/test-results --logger "console;verbosity=normal" \
  ${1:+--filter "$1"} || status=1
if ls out/faults/*.json >/dev/null 2>&1; then
  jq -s 'sort_by(.fault)' out/faults/*.json >out/faults.json
  echo
  jq -r '
    def w: if . == null then "–" else (. * 10 | round / 10 | tostring) end;
    "| fault | highest true watts (uncapped) | above 100 W | above its guard | worst event | safe caps within | recovered within |",
    "|---|---|---|---|---|---|---|",
    (.[] | "| \(.fault) | \(.highestWatts | w) W (\(.highestWantedWatts | w) W) | \(.aboveBudgetSeconds | w) s | \(.aboveGuardSeconds | w) s | \(.worstEventJoules | w) J | \(.safeWithinSeconds | w) s | \(.recoveredWithinSeconds | w) s |")
  ' out/faults.json
fi
exit $status
