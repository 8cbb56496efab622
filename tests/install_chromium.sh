#!/bin/sh
# The browser tests drive Debian's Chromium; its package brings the libraries it needs.
set -eu
if command -v chromium >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need Chromium. Run once, then start again:" >&2
  echo "  sudo apt-get update && sudo apt-get install --yes --no-install-recommends chromium" >&2
  exit 1
fi
apt-get update -qq
apt-get install --yes --no-install-recommends chromium
