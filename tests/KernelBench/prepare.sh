#!/usr/bin/env bash
# Fetches a stock Debian 6.12 kernel and turns it into the bench: vmlinux, modules, SSDT, initramfs.
# usage: prepare.sh FOLDER      prints the folder of this kernel, ready to boot, as its last line.
# What was fetched or built stays in FOLDER/KERNEL; KERNEL_BENCH_REFRESH=1 asks the mirror for a newer kernel.
# The kernel's sources are GPL-2.0: they are fetched here and never part of this repository.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin   # depmod and modprobe, for a user without them
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../BenchKit/private_apt.sh"
mkdir -p "$1"; bench=$(cd "$1" && pwd)
begun=$(date +%s)
say() { printf 'prepare: %3ds %s\n' $(($(date +%s) - begun)) "$*" >&2; }
fail() { echo "prepare: $*" >&2; exit 1; }
once() { [ -e "$work/.done-$1" ] && return 0; say "$2"; "$1"; touch "$work/.done-$1"; }

# Modules that the guest loads by name; what they need comes along.
modules="configfs fan thermal processor battery ac acpi-cpufreq cpufreq_userspace cpufreq_powersave nvme i2c-dev i2c-stub i2c-i801
  lm75 jc42 adt7475 tmp401 tmp421 pmbus intel_rapl_common acpi_power_meter ipmi_si ipmi_devintf e1000 9p 9pnet_virtio virtio_pci overlay"

# Drivers that Debian does not build, or that here get registers of ours: by their paths in the kernel's source.
drivers="drivers/powercap/intel_rapl_msr.c drivers/hwmon/ina2xx.c drivers/hwmon/ina3221.c drivers/hwmon/coretemp.c
  drivers/power/supply/test_power.c drivers/gpio/gpio-sim.c drivers/gpio/gpiolib.h kernel/irq/irq_sim.c"

sources() { private_apt "$bench/apt" 'deb bookworm' 'deb bookworm-backports'; }

resolve() {
  say "asking the mirror for its 6.12 kernel"
  sources
  apt-get update -qq >&2 || fail "apt-get update failed"
  version=$(apt-cache show linux-image-amd64/bookworm-backports 2>/dev/null | sed -n 's/^Depends:.*linux-image-\(6\.12[^ ,]*\).*/\1/p' | head -1)
  [ -n "$version" ] || fail "bookworm-backports has no linux-image 6.12"
  echo "$version" >"$bench/kernel"
}

fetch() {
  sources
  local common kbuild
  common=$(apt-cache show "linux-headers-$version" | sed -n 's/^Depends:.*\(linux-headers-[^ ,]*-common\).*/\1/p' | head -1)
  kbuild=$(apt-cache show "linux-headers-$version" | sed -n 's/^Depends:.*\(linux-kbuild-[^ ,]*\).*/\1/p' | head -1)
  [ -n "$common" ] && [ -n "$kbuild" ] || fail "linux-headers-$version names no -common and no kbuild package"
  mkdir -p "$work/deb"
  (cd "$work/deb" && apt-get download -qq "linux-image-$version" "linux-headers-$version" "$common" "$kbuild" linux-source-6.12/bookworm-backports) >&2 ||
    fail "the kernel packages could not be downloaded"
}

unpack() {
  rm -rf "$work/root"; mkdir -p "$work/root"
  local deb
  for deb in "$work"/deb/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
  rm -rf "$work/deb"
  depmod -b "$work/root" "$version"
  sed -i "s#/usr/src/#$work/root/usr/src/#g" "$work/root/usr/src/linux-headers-$version/Makefile"
}

driver_sources() {
  mkdir -p "$work/source"
  # shellcheck disable=SC2086
  tar -xJf "$work"/root/usr/src/linux-source-6.12.tar.xz -C "$work/source" --strip-components=1 $(printf 'linux-source-6.12/%s ' $drivers)
  rm -f "$work"/root/usr/src/linux-source-6.12.tar.xz
}

has_drivers() { local file; for file in $drivers; do [ -e "$work/source/$file" ] || return 1; done; }

# The kernel as an ELF file boots without firmware and without unpacking itself: 2.7 s less each time.
vmlinux() {
  local image="$work/root/boot/vmlinuz-$version" at
  at=$(LC_ALL=C grep -abo $'\x28\xb5\x2f\xfd' "$image" | head -1 | cut -d: -f1)
  [ -n "$at" ] || fail "$image holds no zstd stream"
  tail -c "+$((at + 1))" "$image" | zstd -dcq >"$work/vmlinux" 2>/dev/null || true
  [ "$(head -c 4 "$work/vmlinux" | tail -c 3)" = ELF ] || fail "the kernel in $image did not unpack"
}

build_modules() {
  rm -rf "$work/modules"; mkdir -p "$work/modules"
  cp "$here"/modules/* "$work/modules/"
  cp "$work/source/drivers/powercap/intel_rapl_msr.c" "$work/modules/intel_rapl_sim.c"
  cp "$work/source/drivers/hwmon/coretemp.c" "$work/modules/coretemp_sim.c"
  cp "$work"/source/drivers/hwmon/ina{2xx,3221}.c "$work"/source/drivers/power/supply/test_power.c "$work"/source/drivers/gpio/{gpio-sim.c,gpiolib.h} "$work/modules/"
  # irq_sim is part of the kernel where it is built, and hands nothing out that it needs itself: a module's way takes its place.
  { echo '#include <linux/module.h>'
    sed 's/handle_simple_irq(irq_to_desc(irqnum))/generic_handle_irq_safe(irqnum)/' "$work/source/kernel/irq/irq_sim.c"
    printf 'MODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("simulated interrupts");\n'; } >"$work/modules/irq_sim.c"
  # CONFIG_DEBUG_INFO_BTF_MODULES off: the kernel's type information would need pahole and changes nothing here.
  make -C "$work/root/usr/src/linux-headers-$version" M="$work/modules" CONFIG_DEBUG_INFO_BTF_MODULES= modules -j2 >"$work/modules.log" 2>&1 ||
    { tail -30 "$work/modules.log" >&2; fail "the modules did not build"; }
  strip -g "$work"/modules/*.ko
}

initramfs() {
  local root="$work/initramfs" file module
  rm -rf "$root"; mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,etc,lib/bench,var/lib,mnt}
  install -m 755 "$(command -v busybox)" "$root/bin/busybox"
  install -m 755 "$here/guest/init" "$root/init"
  install -m 755 "$here/guest/loop" "$root/loop"
  for module in $modules; do
    # busybox cannot read .ko.xz, so they are stored plain.
    modprobe -S "$version" -d "$work/root" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" {print $2}' || true
  done | sort -u | while read -r file; do
    local into="$root/lib/modules/$version/${file##*/modules/"$version"/}"
    mkdir -p "${into%/*}"
    case $file in *.xz) xz -dc "$file" >"${into%.xz}" ;; *) cp "$file" "$into" ;; esac
  done
  cp "$work/root/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/lib/modules/$version/"
  depmod -b "$root" "$version"
  cp "$work"/modules/*.ko "$root/lib/bench/"
  (cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$work/initramfs.gz"
}

# A small Debian whose first process is systemd, for the scenario that starts the agent as its service: 14 MB of packages.
system_packages() {
  sources
  apt-get update -qq >&2 || fail "apt-get update failed"
  : >"$bench/apt/nothing"
  mkdir -p "$bench/system/deb/partial"
  apt-get -qq -y -o Dir::State::status="$bench/apt/nothing" -o Dir::Cache::archives="$bench/system/deb" --no-install-recommends --download-only install systemd/bookworm >&2 ||
    fail "the packages of systemd could not be downloaded"
}

system() {
  local root="$work/system.root/system" deb folder
  rm -rf "$work/system.root"; mkdir -p "$root"/{usr/{bin,sbin,lib,lib64},etc/systemd/system,dev,proc,sys,run,tmp,var/lib,root}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
  for deb in "$bench"/system/deb/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"; done
  rm -rf "$root"/usr/share/{doc,man,locale,lintian,bug} "$root"/usr/lib/x86_64-linux-gnu/gconv
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  printf '%s\n' root:x:0: systemd-journal:x:101: i2c:x:102: gpio:x:103: >"$root/etc/group"
  : >"$root/etc/machine-id"
  install -m 644 "$here/guest/bench.service" "$root/etc/systemd/system/"
  ln -s /bench/busybox "$root/usr/bin/sh"
  printf '[Unit]\nRequires=bench.service basic.target\nAfter=basic.target\nAllowIsolate=yes\n' >"$root/etc/systemd/system/default.target"
  (cd "$work/system.root" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$work/system.gz"
}

tables() { (cd "$work" && cp "$here/guest/bench.asl" . && iasl -p bench bench.asl >iasl.log 2>&1) || { cat "$work/iasl.log" >&2; fail "bench.asl is refused"; }; }

[ "$(uname -m)" = x86_64 ] || fail "this bench needs an x86_64 machine"
[ -e "$bench/kernel" ] && [ -z "${KERNEL_BENCH_REFRESH:-}" ] || resolve
version=$(cat "$bench/kernel")
work="$bench/$version"; mkdir -p "$work"
# A folder from before these drivers were asked for has thrown its packages away: they are fetched again.
has_drivers || [ -e "$work/root/usr/src/linux-source-6.12.tar.xz" ] || rm -f "$work"/.done-{fetch,unpack}
once fetch "downloading linux $version and its headers and source (about 275 MB)"
once unpack "unpacking"
has_drivers || { say "taking the drivers' sources out of linux-source"; driver_sources; }
once vmlinux "unpacking the kernel"
[ -e "$bench/system/.done" ] || { say "downloading a small Debian with systemd (14 MB)"; system_packages; touch "$bench/system/.done"; }
# What this repository brings is built anew when it changes.
own=$(cat "$here"/prepare.sh "$here"/guest/* "$here"/modules/* | sha256sum | cut -d' ' -f1)
if [ "$(cat "$work/own" 2>/dev/null)" != "$own" ]; then
  say "building the modules"; build_modules
  say "packing the initramfs"; tables; initramfs; system
  echo "$own" >"$work/own"
fi
say "linux $version is ready"
echo "$work"
