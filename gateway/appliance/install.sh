#!/bin/sh
# Installs the gateway from this bundle as a service, or with --release-only lays the release beside the others.
# Everything else is done by the release itself: tomoshibi-gateway install --help.
set -eu

home=$(cd "$(dirname "$0")" && pwd)
version=$(cat "$home/VERSION")
release=/opt/tomoshibi/releases/$version

fail() {
    echo "install: $1" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "needs root: sudo $0 $*"
[ -d /run/systemd/system ] || fail "this machine was not started by systemd, which keeps the gateway running"
. /etc/os-release
case "${ID:-}-${VERSION_ID:-}" in
debian-12 | debian-13 | raspbian-12 | raspbian-13) ;;
*) fail "made for Debian and Raspberry Pi OS 12 and 13, and this is ${PRETTY_NAME:-unknown}" ;;
esac
(cd "$home" && sha256sum --quiet --check SHA256SUMS) || fail "the bundle is damaged: fetch it again"

# The broker is started by our own unit: Debian's would take its port with other settings, between unpacking and ours.
missing=
for package in mosquitto python3-venv systemd-timesyncd; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "1/3 Debian packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    { apt-get update --quiet=2 && apt-get install --quiet=2 --no-install-recommends $missing; } >/dev/null ||
        fail "apt-get could not install$missing: see above; check the machine's network and its clock"
else
    echo "1/3 Debian packages: all there"
fi

if [ -e "$release/.complete" ]; then
    echo "2/3 release $version: there already"
else
    echo "2/3 release $version"
    rm -rf "$release"
    mkdir -p "$(dirname "$release")"
    python3 -m venv "$release"
    pip="$release/bin/pip --quiet --disable-pip-version-check install --no-index --find-links $home/wheels"
    $pip --require-hashes --requirement "$home/requirements.lock" ||
        fail "the bundle has no packages for $(uname -m) and $(python3 --version): fetch the one for this machine"
    $pip --no-deps "tomoshibi==$version"
    cp "$home/VERSION" "$release/VERSION"
    touch "$release/.complete"
    sync
fi
[ "${1:-}" = --release-only ] && exit 0

echo "3/3 services"
exec "$release/bin/tomoshibi-gateway" install "$@"
