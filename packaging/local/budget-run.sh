#!/usr/bin/env bash
# Ten minutes of bursts under 100 W with nobody at the terminal: true watts from the plant's own log, judged and drawn.
# usage: budget-run.sh [SECONDS [PICTURE]]; exit 1 when the fleet was ever above its budget and the guard
# that the aggregator states, or left a quarter of the budget unused while more was wanted.
set -euo pipefail
cd "$(dirname "$0")/../.."
source packaging/local/fleet.sh
seconds=${1:-600}
picture=${2:-packaging/pictures/budget-run.svg}
state=out/budget-run
start_fleet "$state" "${HOMELAB_RUN_HTTP:-38765}" "${HOMELAB_RUN_GRPC:-38766}" --seed "${HOMELAB_RUN_SEED:-1}" --speed "${HOMELAB_RUN_SPEED:-1}"
await_held
# What was drawn before the first caps settled is the start, not the run.
sleep 2
from=$(now)
guard=$(curl -fsS "$url/api/v1/fleet" | jq '.control.guardWatts')
echo "budget-run: every node is held; $seconds s of bursts"
sleep "$seconds"
until=$(now)
curl -fsS "$url/api/v1/fleet" >"$state/fleet.json"
curl -fsS "$url/api/v1/decisions" >"$state/decisions.json" || true
curl -fsS "$url/metrics" >"$state/metrics.txt"
cp "$trees/truth.csv" "$state/truth.csv"
mkdir -p "$(dirname "$picture")"
echo "guard              $guard W, stated by the aggregator: what errors of sensors and actuators may add up to"
status=0
out/recorded-hosts/recorded-hosts judge --truth "$state/truth.csv" --budget "$budget" --guard "$guard" --from "$from" --until "$until" \
  --svg "$picture" --json "$state/verdict.json" || status=$?
# A budget is easily kept by a fleet that stands still.
jq -e '.utilizationWhenBinding >= 0.75' "$state/verdict.json" >/dev/null || { echo "the budget was not used: see $state/fleet.json" >&2; status=1; }
# The share of grants that were written to their stream within the goal's 50 ms of the report that called for them.
awk '/^homelab_grant_latency_seconds_bucket.*le="0.05"/ {within = $NF} /^homelab_grant_latency_seconds_count/ {all = $NF}
  END {printf "report to grant    %.2f %% of %d within 50 ms (goal 99 %%)\n", all ? 100 * within / all : 0, all}' "$state/metrics.txt"
echo "picture            $picture; truth, decisions and figures are in $state/"
exit $status
