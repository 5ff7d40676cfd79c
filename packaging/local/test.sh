#!/usr/bin/env bash
# Builds the solution and both programs, runs every test project, as many at once as there are processors, and ends with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
results=out/test-results
rm -rf "$results"; mkdir -p "$results"

# One compiler for all projects of this run, which ends with it: warmed up it needs a third of the processor time of one process per project.
# Release, because the suites that search and simulate are as fast as what is shipped.
sdk=$(dotnet --version)
compiler=$(dotnet --list-sdks | sed -n "s/^${sdk//./\\.} \[\(.*\)\]$/\1/p")/$sdk/Roslyn/bincore/VBCSCompiler.dll
pipe=homelab-test-$$
trap '[ ! -e "$compiler" ] || dotnet "$compiler" -shutdown -pipename:"$pipe" >/dev/null 2>&1' EXIT
compile() { UseSharedCompilation=true SharedCompilationId=$pipe DOTNET_TieredPGO=0 DOTNET_gcServer=0 "$@"; }

if ! { compile dotnet build Homelab.NodeAgent.sln -c Release -v q --nologo &&
       compile "${MAKE:-make}" --no-print-directory build out/recorded-hosts/recorded-hosts; }; then
  echo "the build failed"; echo "0 passed, 1 failed"; exit 1
fi

# The longest first: EndToEnd mostly waits, and the rest runs beside it.
run_suite() {
  local name=$1 status=0
  dotnet test "tests/$name/bin/Release/net10.0/$name.dll" --nologo --results-directory "$2" \
    --blame-hang-timeout 6m --blame-hang-dump-type none --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" >"$2/$name.log" 2>&1 || status=1
  # In one piece: several suites end at once.
  printf '%s\n' "$(grep -vE '^(Test run for |Data collector .Blame|VSTest version |Starting test execution|A total of |Results File: |Microsoft \(R\)|Copyright|[[:space:]]*$)' "$2/$name.log")"
  return $status
}
export -f run_suite
longest=(EndToEnd.Tests ModelCheck.Tests Agent.Tests Aggregator.Tests Sensors.Tests Rpc.Tests Labels.Tests Simulation.Tests RecordedHosts.Tests)
mapfile -t suites < <(printf '%s\n' "${longest[@]}"; ls tests | grep '\.Tests$' | grep -vxF -f <(printf '%s\n' Faults.Tests "${longest[@]}"))
status=0
printf '%s\n' "${suites[@]}" | xargs -P "$(($(nproc) > 2 ? $(nproc) : 2))" -I{} bash -c 'run_suite "$@"' run_suite {} "$results" || status=1

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
