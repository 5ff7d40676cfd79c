#!/bin/sh
# Installs the foreign peers of the interoperability tests: @grpc/grpc-js here, Debian's python3-grpcio in the system.
# Does nothing that is already done.
set -eu
cd "$(dirname "$0")"

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root or sudo for: $*"
  fi
}

apt_install() {
  command -v apt-get >/dev/null || fail "no apt-get here; install by hand: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
    { as_root apt-get update >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null; } ||
    fail "apt-get could not install: $*"
}

command -v node >/dev/null && command -v npm >/dev/null || apt_install nodejs npm
/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || apt_install python3-grpcio python3-protobuf

if ! cmp -s js/package-lock.json js/node_modules/.installed; then
  (cd js && npm ci --omit=dev --no-audit --no-fund --loglevel=error)
  cp js/package-lock.json js/node_modules/.installed
fi
