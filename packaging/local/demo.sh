#!/usr/bin/env bash
# The published binaries on a small fleet of recorded hosts that live under a budget of 100 W: agents write caps, and what they read obeys.
set -euo pipefail
cd "$(dirname "$0")/../.."
source packaging/local/fleet.sh
state=out/demo
start_fleet "$state" "${HOMELAB_DEMO_HTTP:-8765}" "${HOMELAB_DEMO_GRPC:-8766}"
trap 'stop_fleet; echo; echo "stopped; logs are in '"$state"'/"' EXIT

echo "page     $url/       eight recorded hosts, eight real agents that enforce, one aggregator; budget $budget W, mode cap"
echo "why      out/homelab-aggregator decisions --aggregator $url"
echo "stop     Ctrl-C"
echo
if [ -t 1 ]; then
  out/homelab-aggregator top --aggregator "$url" || true
else
  while kill -0 "${pids[@]}" 2>/dev/null; do
    out/homelab-aggregator status --aggregator "$url" || true
    sleep 5 & wait $! || true
  done
fi
