#!/bin/sh
# Judges the systemd units of deploy/ with systemd's own verifier: nothing may be unknown or wrong in them, and none may stand open.
set -eu
cd "$(dirname "$0")/.."

# The most exposed that a unit may be, on systemd's scale of 0 to 10, in tenths.
exposure=20

if ! command -v systemd-analyze >/dev/null; then
	echo "systemd-analyze is missing: install it (Debian: apt-get install systemd)" >&2
	exit 1
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
units=$root/etc/systemd/system
mkdir -p "$units" "$root/usr/local/bin" "$root/bin"
cp deploy/systemd/*.service "$units"
for program in usr/local/bin/thidua usr/local/bin/nats-server bin/kill; do
	printf '#!/bin/sh\n' >"$root/$program"
	chmod 755 "$root/$program"
done

for file in deploy/systemd/*.service; do
	unit=$(basename "$file" | sed 's/@\.service$/@1.service/')
	if ! said=$(systemd-analyze verify --root="$root" --recursive-errors=no "$unit" 2>&1) || [ -n "$said" ]; then
		echo "$file: $said" >&2
		exit 1
	fi
	if ! said=$(systemd-analyze security --offline=true --root="$root" --threshold="$exposure" "$unit" 2>&1); then
		echo "$file stands more open than $exposure tenths:" >&2
		echo "$said" | grep '✗' >&2
		exit 1
	fi
done
