#!/bin/sh
# The connectors are tried on a real MariaDB and a real MQTT broker, both of Debian's packages. The
# tests start them themselves, each on a free port and in a folder of its own.
set -eu
missing=""
for one in mariadbd:mariadb-server-core my_print_defaults:mariadb-client-core mosquitto:mosquitto; do
  PATH="$PATH:/usr/sbin" command -v "${one%%:*}" >/dev/null 2>&1 || missing="$missing ${one##*:}"
done
if [ -z "$missing" ]; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need$missing. Run once, then start again:" >&2
  echo "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends$missing" >&2
  exit 1
fi
apt-get update -qq
# shellcheck disable=SC2086
RUNLEVEL=1 apt-get install --yes --no-install-recommends $missing
