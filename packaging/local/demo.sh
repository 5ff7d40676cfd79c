#!/usr/bin/env bash
# The published binaries on a small fleet of recorded hosts whose counters move: one UM890, three RK1, one Pi 4B.
set -euo pipefail
cd "$(dirname "$0")/../.."
http=${HOMELAB_DEMO_HTTP:-8765}
grpc=${HOMELAB_DEMO_GRPC:-8766}
state=out/demo
rm -rf "$state"; mkdir -p "$state/aggregator"
# The trees change four times a second: keep them in memory where there is room for them.
trees=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" homelab-demo.XXXXXX)

pids=()
stop() {
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$trees"
  echo
  echo "stopped; logs are in $state/"
}
trap stop EXIT
trap 'exit 0' INT TERM

out/recorded-hosts/recorded-hosts --fixtures tests/fixtures/hosts --out "$trees" \
  --hosts um890,rk1-1=rk1,rk1-2=rk1,rk1-3=rk1,pi4b >"$state/recorded-hosts.log" 2>&1 &
pids+=($!)
out/homelab-aggregator run --http "127.0.0.1:$http" --grpc "127.0.0.1:$grpc" --storage "$state/aggregator" >"$state/aggregator.log" 2>&1 &
pids+=($!)

url="http://127.0.0.1:$http"
for _ in $(seq 100); do
  [ -d "$trees/pi4b/proc" ] && curl -fsS "$url/readyz" >/dev/null 2>&1 && break
  kill -0 "${pids[@]}" 2>/dev/null || { cat "$state"/*.log; exit 1; }
  sleep 0.1
done
for node in um890 rk1-1 rk1-2 rk1-3 pi4b; do
  out/homelab-agent run --node "$node" --host-root "$trees/$node" --aggregator "http://127.0.0.1:$grpc" >"$state/agent-$node.log" 2>&1 &
  pids+=($!)
done

echo "page     $url/       five recorded hosts, five real agents, one aggregator; budget 100 W"
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
