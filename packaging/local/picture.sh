#!/usr/bin/env bash
# Runs the demo with nobody at the terminal, keeps its page open in a real browser until the chart is full, and takes its picture.
# usage: picture.sh FILE [SECONDS]
set -euo pipefail
file=${1:?usage: picture.sh FILE [SECONDS]}
seconds=${2:-290}
cd "$(dirname "$0")/../.."
export HOMELAB_DEMO_HTTP=${HOMELAB_DEMO_HTTP:-28765} HOMELAB_DEMO_GRPC=${HOMELAB_DEMO_GRPC:-28766}
mkdir -p "$(dirname "$file")"
packaging/local/demo.sh >out/picture.log 2>&1 &
demo=$!
trap 'kill -TERM $demo 2>/dev/null || true; wait $demo 2>/dev/null || true' EXIT
for _ in $(seq 200); do
  curl -fsS "http://127.0.0.1:$HOMELAB_DEMO_HTTP/readyz" >/dev/null 2>&1 && break
  sleep 0.1
done
echo "picture: watching the page for $seconds s"
node tests/EndToEnd.Tests/page/check-page.mjs "http://127.0.0.1:$HOMELAB_DEMO_HTTP/" --nodes nuc-1,nuc-2,um890,rk1-1,rk1-2,rk1-3,pi-1,pi-2 --linger "$seconds" --screenshot "$file" >out/picture.json
echo "picture: $file"
