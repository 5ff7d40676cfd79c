# An apt apart from this machine's own, which neither sees nor changes what is installed. To be sourced; the caller has fail().
# usage: private_apt FOLDER 'KIND SUITE'...      such as 'deb bookworm'; sets APT_CONFIG. Its lists are fetched by the caller's apt-get update.
# The mirror is the one that this machine uses for its own Debian release.
private_apt() {
  . /etc/os-release
  [ "${VERSION_CODENAME:-}" = bookworm ] || fail "this needs Debian 12 (bookworm); here is ${PRETTY_NAME:-an unknown system}"
  local folder=$1 mirror trust="" source
  shift
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | awk '$2 == "bookworm" && $3 == "main" {print $1; exit}')
  [ -n "$mirror" ] || fail "apt's sources name no mirror of bookworm main"
  [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ] || trust="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  for source in "$@"; do printf '%s %s%s %s main\n' "${source% *}" "$trust" "$mirror" "${source#* }"; done >"$folder/sources.list"
  cat >"$folder/apt.conf" <<CONF
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "/nonexistent";
Dir::State::Lists "$folder/lists";
Dir::Cache "$folder/cache";
APT::Sandbox::User "root";
CONF
  export APT_CONFIG="$folder/apt.conf"
}
