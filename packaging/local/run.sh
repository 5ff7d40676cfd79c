#!/usr/bin/env bash
# Runs the aggregator and the native agent on this machine until Ctrl-C; both keep their state below out/run.
set -euo pipefail
cd "$(dirname "$0")/../.."
http=${HOMELAB_RUN_HTTP:-8765}
grpc=${HOMELAB_RUN_GRPC:-8766}
state=out/run
mkdir -p "$state/aggregator"

pids=()
stop() {
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  echo
  echo "stopped; logs are in $state/"
}
trap stop EXIT
trap 'exit 0' INT TERM

out/homelab-aggregator run --http "127.0.0.1:$http" --grpc "127.0.0.1:$grpc" --storage "$state/aggregator" >"$state/aggregator.log" 2>&1 &
pids+=($!)
out/homelab-agent run --aggregator "http://127.0.0.1:$grpc" >"$state/agent.log" 2>&1 &
pids+=($!)

url="http://127.0.0.1:$http"
for _ in $(seq 100); do
  curl -fsS "$url/readyz" >/dev/null 2>&1 && break
  kill -0 "${pids[0]}" 2>/dev/null || { echo "the aggregator did not start:"; cat "$state/aggregator.log"; exit 1; }
  sleep 0.1
done
curl -fsS "$url/readyz" >/dev/null || { echo "the aggregator is not ready after 10 s:"; cat "$state/aggregator.log"; exit 1; }
kill -0 "${pids[1]}" 2>/dev/null || { echo "the agent did not start:"; cat "$state/agent.log"; exit 1; }

# Give the first report a moment, so that the first table has a row.
for _ in $(seq 50); do
  fleet=$(curl -fsS "$url/api/v1/fleet" 2>/dev/null) || fleet=
  case "$fleet" in *'"provenance"'*) break ;; esac
  sleep 0.1
done
case "$fleet" in
  *'"provenance":"measured"'*) ;;
  *'"provenance":"modelled"'*) echo "This machine shows no power sensor to this user: its watts are modelled. The doctor (below) says why and what mends it." ;;
esac

echo "page     $url/"
echo "metrics  $url/metrics"
echo "sensors  out/homelab-agent sensors        what is missing and how to mend it: out/homelab-agent doctor"
echo "stop     Ctrl-C"
echo
if [ -t 1 ]; then
  # In the foreground, so that Ctrl-C reaches it and then us.
  out/homelab-aggregator top --aggregator "$url" || true
else
  while kill -0 "${pids[0]}" 2>/dev/null && kill -0 "${pids[1]}" 2>/dev/null; do
    out/homelab-aggregator status --aggregator "$url" || true
    sleep 5 & wait $! || true
  done
fi
