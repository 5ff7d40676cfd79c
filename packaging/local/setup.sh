#!/usr/bin/env bash
# Installs what a make target needs on Debian or Ubuntu, as root or with sudo; elsewhere it says what to install.
# usage: setup.sh build|demo|faults|test|kernel|k8s|bench
set -euo pipefail
goal=${1:?usage: setup.sh build|demo|faults|test|kernel|k8s|bench}
cd "$(dirname "$0")/../.."

wanted=()
need() { command -v "$1" >/dev/null 2>&1 || wanted+=("$2"); }   # need COMMAND PACKAGE

need_file() { [ -e "$1" ] || wanted+=("$2"); }                   # need_file PATH PACKAGE

if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --list-sdks | grep -q '^10\.'; then
  echo "setup: the .NET 10 SDK is missing. Install the package dotnet-sdk-10.0 of your distribution," >&2
  echo "setup: or follow https://learn.microsoft.com/dotnet/core/install/linux, then run make again." >&2
  exit 1
fi

# The native compiler links with clang and zlib.
need clang clang
need_file /usr/include/zlib.h zlib1g-dev

if [ "$goal" = demo ] || [ "$goal" = faults ]; then
  need curl curl
  need jq jq
fi
if [ "$goal" = faults ]; then
  need faketime faketime
fi
if [ "$goal" = test ] || [ "$goal" = bench ]; then
  need curl curl
  [ -x /usr/bin/python3 ] || wanted+=(python3)
fi
if [ "$goal" = test ]; then
  need node nodejs
  need npm npm
  need chromium chromium
  need prometheus prometheus
  need promtool prometheus
fi
if [ "$goal" = test ] || [ "$goal" = kernel ]; then
  /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || wanted+=(python3-grpcio python3-protobuf)
fi
if [ "$goal" = kernel ]; then
  PATH=$PATH:/usr/sbin:/sbin
  need qemu-system-x86_64 qemu-system-x86
  # The guest has no libraries for a busybox that wants them.
  if ! command -v busybox >/dev/null 2>&1 || ldd "$(command -v busybox)" >/dev/null 2>&1; then wanted+=(busybox-static); fi
  need depmod kmod
  need cpio cpio
  need iasl acpica-tools
  need zstd zstd
  need xz xz-utils
  need gcc gcc
  need make make
  need protoc protobuf-compiler
  [ -x /usr/bin/python3 ] || wanted+=(python3)
fi
if [ "$goal" = k8s ]; then
  need etcd etcd-server
  need openssl openssl
  [ -x /usr/bin/python3 ] || wanted+=(python3)
  # Only what is not built yet needs a compiler.
  if ! tests/ClusterBench/build.sh --ready >/dev/null 2>&1; then
    need_file /usr/lib/go/bin/go golang-go
    need dpkg-source dpkg-dev
    need patch patch
    need make make
    need rsync rsync
  fi
fi
if [ "$goal" = bench ]; then
  need prometheus-node-exporter prometheus-node-exporter
fi

if [ ${#wanted[@]} -gt 0 ]; then
  mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: please install: ${wanted[*]} (names as Debian has them)" >&2
    exit 1
  fi
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "setup: as root, run: apt-get install --no-install-recommends ${wanted[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  echo "setup: installing ${wanted[*]}"
  # RUNLEVEL=1 keeps the packages' services from starting: the tests start what they need themselves.
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "setup: apt-get could not install: ${wanted[*]}" >&2
    exit 1
  fi
  rm -f "$log"
fi

if [ "$goal" = test ]; then
  tests/RpcInterop/install.sh
  for page in tests/EndToEnd.Tests/page tests/Manifests.Tests/fence; do
    if [ ! -e "$page/node_modules/.package-lock.json" ] || [ "$page/package-lock.json" -nt "$page/node_modules/.package-lock.json" ]; then
      echo "setup: npm packages of $page"
      npm ci --prefix "$page" --no-audit --no-fund --silent
    fi
  done
fi
