#!/usr/bin/env bash
# Proves bin/setup and bin/demo on a bare Debian: a fresh minimal system in a folder of its own, with the
# project as committed and nothing else. Prints one JSON document with the seconds of each part.
#
#   bench/bare_machine.sh                everything: set-up, first start, stop, second start, start after kill -9
#   bench/bare_machine.sh --setup-only   bin/setup twice
#   bench/bare_machine.sh --user         after a set-up as root: the demonstration as an ordinary user
#
# Needs root and debootstrap. Mounts and processes live in namespaces of their own and end with the script,
# after 45 minutes at the latest; the folder (about 3 GB below TMPDIR) is removed. The package sources,
# proxies and certificates of this machine are used inside.
set -euo pipefail

limit_seconds=2700
mode=everything
case ${1:-} in
  "") ;;
  --setup-only) mode=setup ;;
  --user) mode=user ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

# --- inside the fresh system's namespaces -----------------------------------------------------------
if [ -n "${ANLAN_BARE_ROOT:-}" ]; then
  root=$ANLAN_BARE_ROOT
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  mkdir "$root/dev/shm"
  mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"

  inside() { # as user, then the command
    local user=$1
    shift
    chroot --userspec="$user" "$root" /usr/bin/env -i HOME="$([ "$user" = 0:0 ] && echo /root || echo /home/duty)" \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      PIP_CERT=/etc/bench-ca.crt SSL_CERT_FILE=/etc/bench-ca.crt NODE_EXTRA_CA_CERTS=/etc/bench-ca.crt \
      ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
      /bin/bash -c "cd /opt/anlan && $*"
  }
  now() { echo "$EPOCHREALTIME"; }
  since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
  note() { echo "  $1: $2 s" >&2; results+=("\"$1\": $2"); }
  results=()
  owner=0:0

  set_up() { # name
    local began
    began=$(now)
    inside "$owner" bin/setup >&2
    note "$1" "$(since "$began")"
  }

  run_demo() { # name, signal that ends it
    local began log=$root/demo.log address stopped
    : >"$log"
    began=$(now)
    # bin/demo becomes the supervisor by exec: the number it starts with is the one to send signals to.
    inside "$owner" 'echo $$ >/tmp/demo.pid; exec bin/demo' >"$log" 2>&1 &
    shell=$!
    until address=$(grep -o -m1 'http://127\.0\.0\.1:[0-9]*' "$log"); do
      kill -0 "$shell" 2>/dev/null || { cat "$log" >&2; echo "bin/demo ended by itself" >&2; exit 1; }
      read -r -t 0.1 <> <(:) || true
    done
    note "$1" "$(since "$began")"
    inside "$owner" "/usr/bin/python3 -c 'import sys, urllib.request as r; p = r.urlopen(sys.argv[1], timeout=20); print(\" \", p.status, p.url)' $address" >&2
    results+=("\"$1_memory_mb\": $(memory)")
    stopped=$(now)
    end_demo "$2"
    note "$1_stop" "$(since "$stopped")"
    left=$(count_processes)
    [ "$left" = 0 ] || { echo "$left processes are left after the stop" >&2; ps_list >&2; exit 1; }
  }

  # The whole process tree lives in this pid namespace: everything but this script and its helpers is the platform.
  ours() { for entry in /proc/[0-9]*; do
    [ "$(readlink "$entry/root" 2>/dev/null)" != "$root" ] || echo "${entry#/proc/}"; done; }
  count_processes() { ours | wc -l; }
  ps_list() { for pid in $(ours); do tr '\0' ' ' <"/proc/$pid/cmdline"; echo; done; }
  memory() { for pid in $(ours); do sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null; done |
    awk '{ sum += $1 } END { printf "%d", sum / 1024 }'; }
  end_demo() { # sends the signal to the supervisor and waits until nothing of the platform is left
    kill "-$1" "$(cat "$root/tmp/demo.pid")"
    for _ in $(seq 200); do
      [ "$(count_processes)" != 0 ] || break
      read -r -t 0.05 <> <(:) || true
    done
    rm -f "$root/tmp/demo.pid"
  }

  case $mode in
    setup)
      set_up setup_from_bare
      set_up setup_again
      ;;
    everything)
      run_demo first_start_with_setup TERM
      run_demo second_start TERM
      run_demo start_before_kill KILL
      run_demo start_after_kill INT
      ;;
    user)
      echo "-- as an ordinary user on a machine without the packages:" >&2
      chroot "$root" useradd --create-home duty
      chroot "$root" chown -R duty: /opt/anlan
      owner=duty:duty
      if inside "$owner" bin/setup >&2; then echo "set-up should have asked for packages" >&2; exit 1; fi
      echo "-- an administrator follows what it said:" >&2
      line=$({ inside "$owner" bin/setup 2>&1 || true; } | sed -n 's/^ *sudo apt-get update && sudo \(apt-get install .*\)$/\1/p')
      [ -n "$line" ] || { echo "it named no line" >&2; exit 1; }
      inside 0:0 "apt-get -qq update && DEBIAN_FRONTEND=noninteractive $line" >/dev/null 2>&1
      run_demo first_start_with_setup TERM
      run_demo second_start TERM
      ;;
  esac
  printf '{%s}\n' "$(IFS=,; echo "${results[*]}" | sed 's/,/, /g')"
  exit 0
fi

# --- outside: make the fresh system -----------------------------------------------------------------
[ "$(id -u)" = 0 ] || { echo "bench/bare_machine.sh: root makes the fresh system" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "bench/bare_machine.sh: install debootstrap first" >&2; exit 1; }
project=$(dirname "$(dirname "$(readlink -f "$0")")")
suite=bookworm

root=$(mktemp -d "${TMPDIR:-/tmp}/anlan-bare.XXXXXX")
chmod 755 "$root"
trap 'rm -rf --one-file-system "$root"' EXIT

# Whatever mirror this machine uses for Debian is used inside.
mapfile -t mirrors < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' 'Component: main' |
  awk -v s="$suite" '$2 == s || index($2, s "-") == 1' | sort -u)
archive=$(printf '%s\n' "${mirrors[@]}" | awk -v s="$suite" '$2 == s { print $1; exit }')
[ -n "$archive" ] || { echo "bench/bare_machine.sh: no package source for Debian $suite on this machine" >&2; exit 1; }

began=$EPOCHREALTIME
debootstrap --variant=minbase "$suite" "$root" "$archive" >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
rm -f "$root.log"
printf 'deb %s main\n' "${mirrors[@]}" >"$root/etc/apt/sources.list"
grep -rhi '^Acquire::.*proxy' /etc/apt/apt.conf.d >"$root/etc/apt/apt.conf.d/90bench" 2>/dev/null || true
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp -L "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/bench-ca.crt"
for file in /etc/pip.conf /etc/npmrc "$HOME/.config/pip/pip.conf" "$HOME/.npmrc"; do
  [ ! -f "$file" ] || install -D -m 644 "$file" "$root${file/#$HOME//root}"
done
mkdir -p "$root/opt/anlan"
git -C "$project" archive HEAD | tar -x -C "$root/opt/anlan"
echo "  fresh $suite made in $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.0f", b - a }') s" >&2

ANLAN_BARE_ROOT=$root timeout --kill-after=10 "$limit_seconds" \
  unshare --mount --pid --fork --kill-child --mount-proc bash "$0" "$@"
