# Sourced by demo.sh and budget-run.sh: eight recorded hosts that obey caps, a real agent that enforces on each, one aggregator in mode cap.
# Two NUC 11 with RAPL limits, a UM890 with clocks only, three RK1 and two Pi 4B; 8 W more that no agent reports. Uncapped they reach 190 W.
hosts=nuc-1=nuc11,nuc-2=nuc11,um890,rk1-1=rk1,rk1-2=rk1,rk1-3=rk1,pi-1=pi4b,pi-2=pi4b
names=(nuc-1 nuc-2 um890 rk1-1 rk1-2 rk1-3 pi-1 pi-2)
budget=${HOMELAB_BUDGET:-100}
unmanaged=8
pids=()

# Everything that start_fleet started is gone afterwards, and so are the trees.
stop_fleet() {
  trap - EXIT INT TERM
  [ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$trees"
}

# start_fleet STATE HTTP GRPC [more options of recorded-hosts]; sets trees and url, leaves logs and state in STATE.
start_fleet() {
  local state=$1 http=$2 grpc=$3
  shift 3
  rm -rf "$state"; mkdir -p "$state/aggregator"
  # The trees change many times a second: keep them in memory where there is room for them.
  trees=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" homelab-fleet.XXXXXX)
  trap stop_fleet EXIT
  trap 'exit 0' INT TERM
  url="http://127.0.0.1:$http"

  out/recorded-hosts/recorded-hosts --fixtures tests/fixtures/hosts --out "$trees" --hosts "$hosts" --story bursts \
    --truth "$trees/truth.csv" --unmanaged "$unmanaged" "$@" >"$state/recorded-hosts.log" 2>&1 &
  pids+=($!)
  cat >"$state/aggregator.yaml" <<YAML
listen: { http: "127.0.0.1:$http", grpc: "127.0.0.1:$grpc" }
storage: { path: $PWD/$state/aggregator }
budget: { watts: $budget, mode: cap, strictness: hard, unmanaged: $unmanaged }
intervals: { report: 500ms }
YAML
  out/homelab-aggregator run --config "$state/aggregator.yaml" >"$state/aggregator.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do
    [ -s "$trees/truth.csv" ] && curl -fsS "$url/readyz" >/dev/null 2>&1 && break
    kill -0 "${pids[@]}" 2>/dev/null || { cat "$state"/*.log; exit 1; }
    sleep 0.1
  done
  local node
  for node in "${names[@]}"; do
    mkdir -p "$state/agent-$node"
    HOMELAB_ENFORCE__ENABLED=true HOMELAB_ENFORCE__ACTUATORS="rapl, cpufreq" HOMELAB_STATE__PATH="$PWD/$state/agent-$node" \
      out/homelab-agent run --node "$node" --host-root "$trees/$node" --aggregator "http://127.0.0.1:$grpc" >"$state/agent-$node.log" 2>&1 &
    pids+=($!)
  done
}

# Waits until every node is held under a live lease.
await_held() {
  local held
  for _ in $(seq 300); do
    held=$(curl -fsS "$url/api/v1/fleet" 2>/dev/null | jq '[.nodes[].control | select(.standing == "held" and .lease == "live")] | length' 2>/dev/null || echo 0)
    [ "${held:-0}" -eq ${#names[@]} ] && return 0
    sleep 0.2
  done
  echo "after 60 s only ${held:-0} of ${#names[@]} nodes are held:" >&2
  curl -fsS "$url/api/v1/fleet" 2>/dev/null | jq -c '.nodes[] | [.name, .link, .control]' >&2 || true
  return 1
}

# The moment by the truth log's own clock.
now() { tail -n 1 "$trees/truth.csv" | cut -d, -f1; }
