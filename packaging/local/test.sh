#!/usr/bin/env bash
# Builds the solution once, runs every test project, and ends with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
results=out/test-results
rm -rf "$results"; mkdir -p "$results"
dotnet build Homelab.NodeAgent.sln -v q --nologo || { echo "the build failed"; echo "0 passed, 1 failed"; exit 1; }
status=0
dotnet test Homelab.NodeAgent.sln --no-build --nologo --results-directory "$results" --logger trx --logger "console;verbosity=minimal" || status=1
# Each trx file holds one <Counters> element with the totals of one test project.
passed=$(grep -ho '<Counters [^>]*' "$results"/*.trx 2>/dev/null | sed -n 's/.* passed="\([0-9]*\)".*/\1/p' | awk '{n+=$1} END {print n+0}')
failed=$(grep -ho '<Counters [^>]*' "$results"/*.trx 2>/dev/null | sed -n 's/.* failed="\([0-9]*\)".*/\1/p' | awk '{n+=$1} END {print n+0}')
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
[ "$passed" -gt 0 ] || status=1
# Each failure in one line, at the end, where whoever reads only the end finds it: its name and the first line of what it said.
awk 'FNR == 1 { name = "" }
  /<UnitTestResult / { name = ""; if (/ outcome="Failed"/) { name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name) } }
  name != "" && /<Message>/ { text = $0; sub(/.*<Message>/, "", text); sub(/<\/Message>.*/, "", text); print "FAILED " name ": " text; name = "" }' "$results"/*.trx 2>/dev/null
echo "$passed passed, $failed failed"
exit $status
