#!/usr/bin/env bash
# Builds kube-apiserver and kube-scheduler from Debian's source package, and fetches a kubectl that knows today's kustomize.
# usage: build.sh [--ready]      prints the folder with the programs as its last line; with --ready it builds nothing and says by its status whether it would.
# They stay in ${XDG_CACHE_HOME:-~/.cache}/homelab-bench/k8s-SOURCE-rRECIPE-GO, which `make clean` leaves alone.
# CLUSTER_BENCH_REFRESH=1 asks the mirror for a newer source; CLUSTER_BENCH_JOBS (2) is how many compilers run at a time.
set -euo pipefail
. "$(dirname "$0")/../BenchKit/private_apt.sh"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/homelab-bench"
recipe=2   # counts changes of what is built from one source
begun=$(date +%s)
say() { printf 'build: %3ds %s\n' $(($(date +%s) - begun)) "$*" >&2; }
fail() { echo "build: $*" >&2; exit 1; }

# golang-go names the release's own compiler; another go in PATH may be too new for this source.
compiler() {
  go=$(command -v /usr/lib/go/bin/go || command -v go) || fail "no Go compiler: apt-get install golang-go"
  go_version=$("$go" version | awk '{print $3}')
}

complete() { [ -x "$1/kube-apiserver" ] && [ -x "$1/kube-scheduler" ] && [ -e "$1/built" ]; }

# Once built, neither compiler nor mirror is needed; where there is a compiler, it has to be the one that built them.
ready() {
  [ -z "${CLUSTER_BENCH_REFRESH:-}" ] && [ -e "$cache/k8s-current" ] || return 1
  work="$cache/$(cat "$cache/k8s-current")"
  complete "$work" && [[ "$work" = *-r$recipe-go* ]] || return 1
  if [ -x /usr/lib/go/bin/go ]; then compiler; [ "${work##*-}" = "$go_version" ] || return 1; fi
}

# What is newer than this release comes from the next one, where the mirror has it.
find_sources() {
  apt="$cache/apt"; rm -rf "$apt"
  private_apt "$apt" 'deb-src bookworm' 'deb bookworm' 'deb trixie'
  apt-get update -qq >&2 && return
  say "without trixie"
  sed -i '/ trixie main$/d' "$apt/sources.list"
  apt-get update -qq >&2 || fail "apt-get update failed"
}

# A kubectl of this source would carry kustomize 2, which renders no overlay written today: the next Debian's package runs here.
fetch_kubectl() {
  [ ! -x "$work/kubectl" ] || return 0
  local folder="$work/kubectl.deb.d"
  rm -rf "$folder"; mkdir -p "$folder"
  if (cd "$folder" && apt-get download -qq kubectl/trixie && dpkg-deb -x kubectl_*.deb .) >&2 && "$folder/usr/bin/kubectl" version --client >/dev/null; then
    mv "$folder/usr/bin/kubectl" "$work/kubectl"
  else
    command -v kubectl >/dev/null || fail "no kubectl: neither the mirror's trixie nor PATH has one"
    say "the mirror's kubectl cannot be had; taking $(command -v kubectl)"
  fi
  rm -rf "$folder"
}

unpack() {
  rm -rf "$work/source"; mkdir -p "$work/source/deb" "$work/source/src/k8s.io"
  (cd "$work/source/deb" && apt-get source -qq --download-only kubernetes) >&2 || fail "the source package could not be downloaded"
  dpkg-source --no-check -x "$work"/source/deb/kubernetes_*.dsc "$work/source/src/k8s.io/kubernetes" >&2 || fail "the source package could not be unpacked"
  # The reflect2 in this source reads maps by a runtime call that Go 1.18 changed: the server would write through a stray pointer. Debian's own is repaired.
  (cd "$work/source/deb" && apt-get download -qq golang-github-modern-go-reflect2-dev/bookworm && dpkg-deb -x golang-github-modern-go-reflect2-dev_*.deb .) >&2 ||
    fail "golang-github-modern-go-reflect2-dev could not be downloaded"
  local vendored="$work/source/src/k8s.io/kubernetes/vendor/github.com/modern-go/reflect2"
  rm -f "$vendored"/*.go "$vendored"/*.s
  cp "$work"/source/deb/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$vendored/"
  rm -f "$vendored"/*_test.go
  upstream=$(sed -E 's/^.*really//; s/-.*$//; s/^/v/' <<<"$version")
  # What --version and /version say; without it the build asks git, and finds this repository or none.
  cat >"$work/source/version" <<VERSION
KUBE_GIT_COMMIT=
KUBE_GIT_TREE_STATE=archive
KUBE_GIT_VERSION=$upstream
KUBE_GIT_MAJOR=1
KUBE_GIT_MINOR=$(cut -d. -f2 <<<"$upstream")
VERSION
}

compile() {
  local log="$work/build.log" tree="$work/source/src/k8s.io/kubernetes" pid
  (cd "$tree" && exec env -u GOFLAGS PATH="$(dirname "$go"):$PATH" GOPATH="$work/source" GO111MODULE=off CGO_ENABLED=0 \
     GOMAXPROCS="${CLUSTER_BENCH_JOBS:-2}" KUBE_GIT_VERSION_FILE="$work/source/version" \
     nice -n 15 make WHAT="cmd/kube-apiserver cmd/kube-scheduler") >"$log" 2>&1 &
  pid=$!
  trap 'kill "$pid" 2>/dev/null || true' EXIT
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    [ $((($(date +%s) - begun) % 30)) -ne 0 ] || say "compiling; $(find "$work/source" -path "*/cache/*" -name '*-d' 2>/dev/null | wc -l) objects, $(tail -1 "$log" | cut -c1-90)"
  done
  trap - EXIT
  wait "$pid" || { tail -30 "$log" >&2; fail "the build failed; its log is $log"; }
  install -m 755 "$tree"/_output/bin/kube-apiserver "$tree"/_output/bin/kube-scheduler "$work/"
}

[ "${1:-}" != --ready ] || { ready; exit; }
if ! ready; then
  [ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || fail "this needs x86_64 or aarch64"
  mkdir -p "$cache"
  exec 9>"$cache/lock"; flock 9
  if ! ready; then
    compiler
    say "asking the mirror for its kubernetes source"
    find_sources
    version=$(apt-cache showsrc --only-source kubernetes | sed -n 's/^Version: //p' | head -1)
    [ -n "$version" ] || fail "the mirror has no source package kubernetes"
    name="k8s-$version-r$recipe-$go_version"; work="$cache/$name"; mkdir -p "$work"
    fetch_kubectl
    if ! complete "$work"; then
      say "unpacking kubernetes $version"
      unpack
      say "building kube-apiserver and kube-scheduler with $go_version; about 6 minutes on two cores"
      compile
      say "built"
      echo "$(($(date +%s) - begun)) s" >"$work/built"
      rm -rf "$work/source"
    fi
    rm -rf "$apt"
    echo "$name" >"$cache/k8s-current"
  fi
fi
echo "$work"
