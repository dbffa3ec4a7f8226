#!/bin/bash
# Runs PgBouncer processes that share one port, ends them gently, and tells them where the database has moved to.
#
#   PGBOUNCER_INI              the whole ini, from renderPgbouncerIni; %{process}, %{host} and %{port} are replaced here
#   PGBOUNCER_PROCESSES        how many; default 1
#   PGBOUNCER_AUTH_USER        with PGBOUNCER_AUTH_PASSWORD: the role that looks passwords up; has to be auth_user of the ini
#   PGBOUNCER_ADMIN_PASSWORD   of admin_users, PGBOUNCER_STATS_PASSWORD of stats_users
#   PGBOUNCER_TLS_CERT         with PGBOUNCER_TLS_KEY: what clients are shown (PEM); PGBOUNCER_CLIENT_CA: who their certificates must be from
#   PGBOUNCER_SERVER_CA        who the server's certificate must be from (PEM)
#   PGBOUNCER_TARGET           host:port of the database, where it is no longer the one in the ini
#   PGBOUNCER_TARGET_FILE      a file with host:port on a volume, which wins over the variable and is looked at all the time; without it the console tells
#   PGBOUNCER_DRAIN_SECONDS    how long clients may stay after SIGTERM; default 100, to be kept below the stop timeout (Fargate: 120)
#
# How the console tells: it has no command that carries a text out of PgBouncer, but one that makes it open a file by a name of ours. `howdah pooler repoint` sends
# SET logfile = '/run/pgbouncer/to/<host:port>'; the name is read here and the file removed. Who may do that may give any command to PgBouncer anyway.
#
# A new target is written into the configuration at once and read by nobody: RELOAD belongs between PAUSE and RESUME, which `howdah pooler repoint` sends.
set -euo pipefail
umask 077
shopt -s nullglob

readonly run=${PGBOUNCER_DIRECTORY:-/run/pgbouncer}

say() { printf 'entrypoint: %s\n' "$*" >&2; }
refuse() {
  say "$*"
  exit 2
}

# Replaces a file so that nobody ever reads half of it.
put() { # path, content
  printf '%s\n' "$2" >"$1.new"
  mv -f "$1.new" "$1"
}

quoted() { printf '"%s"' "${1//\"/\"\"}"; }

# The value of a key in [pgbouncer].
setting() { # key, ini
  local line
  while IFS= read -r line; do
    if [[ $line == "$1 = "* ]]; then
      printf '%s' "${line#"$1 = "}"
      return
    fi
  done <<<"$2"
}

valid_target() { [[ $1 =~ ^([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$ ]]; }

# First stage: secrets go from the environment into files of our own, and the second stage starts without them: what a process was started with stays
# readable in /proc for as long as it lives.
prepare() {
  local ini=${PGBOUNCER_INI:-} processes=${PGBOUNCER_PROCESSES:-1} name
  [[ -n $ini ]] || refuse 'PGBOUNCER_INI is not set'
  [[ $processes =~ ^[1-9][0-9]?$ ]] || refuse 'PGBOUNCER_PROCESSES must be a number from 1 to 99'
  [[ ${PGBOUNCER_DRAIN_SECONDS:=100} =~ ^[0-9]{1,5}$ ]] || refuse 'PGBOUNCER_DRAIN_SECONDS must be a number of seconds'
  [[ -w $run ]] || refuse "$run is not writable for user $(id -u); mount a tmpfs or a volume there"
  if ((processes > 1)) && [[ $ini != *'so_reuseport = 1'* ]]; then
    refuse "PGBOUNCER_PROCESSES is $processes, and the ini was rendered for one"
  fi
  [[ -z ${PGBOUNCER_TARGET:-} ]] || valid_target "$PGBOUNCER_TARGET" || refuse 'PGBOUNCER_TARGET must be host:port'
  for name in PGBOUNCER_AUTH_PASSWORD PGBOUNCER_ADMIN_PASSWORD PGBOUNCER_STATS_PASSWORD; do
    [[ ${!name:-} != *[[:cntrl:]]* ]] || refuse "$name has a line break or another control character"
  done

  local auth_user admin_user stats_user users=''
  auth_user=$(setting auth_user "$ini")
  admin_user=$(setting admin_users "$ini")
  stats_user=$(setting stats_users "$ini")
  [[ ${PGBOUNCER_AUTH_USER:-$auth_user} == "$auth_user" ]] || refuse "PGBOUNCER_AUTH_USER is not the auth_user of the ini, $auth_user"
  [[ -z $auth_user || -n ${PGBOUNCER_AUTH_PASSWORD:-} ]] || refuse 'PGBOUNCER_AUTH_PASSWORD is not set, and the ini has an auth_user'
  [[ -n $auth_user ]] && users+="$(quoted "$auth_user") $(quoted "${PGBOUNCER_AUTH_PASSWORD}")"$'\n'
  # An account without a password would be one that nobody can use: PgBouncer compares nothing with an empty one.
  [[ -n $admin_user && -n ${PGBOUNCER_ADMIN_PASSWORD:-} ]] && users+="$(quoted "$admin_user") $(quoted "$PGBOUNCER_ADMIN_PASSWORD")"$'\n'
  [[ -n $stats_user && -n ${PGBOUNCER_STATS_PASSWORD:-} ]] && users+="$(quoted "$stats_user") $(quoted "$PGBOUNCER_STATS_PASSWORD")"$'\n'
  put "$run/userlist.txt" "$users"

  mkdir -p "$run/tls" "$run/to"
  put_pem cert PGBOUNCER_TLS_CERT
  put_pem key PGBOUNCER_TLS_KEY
  put_pem client-ca PGBOUNCER_CLIENT_CA
  put_pem server-ca PGBOUNCER_SERVER_CA
  put "$run/template.ini" "$ini"

  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    PGBOUNCER_DIRECTORY="$run" PGBOUNCER_PROCESSES="$processes" PGBOUNCER_DRAIN_SECONDS="$PGBOUNCER_DRAIN_SECONDS" \
    PGBOUNCER_TARGET="${PGBOUNCER_TARGET:-}" PGBOUNCER_TARGET_FILE="${PGBOUNCER_TARGET_FILE:-}" \
    /bin/bash "$0" serve
}

put_pem() { # name, variable
  [[ -z ${!2:-} ]] || put "$run/tls/$1.pem" "${!2}"
}

# Sets `target` to what is true now; a file that is empty, half written or nonsense changes nothing.
look_for_target() {
  local text='' told
  for told in "$run"/to/*; do
    rm -f -- "$told"
    [[ -n $PGBOUNCER_TARGET_FILE ]] || text=${told##*/}
  done
  [[ -n $PGBOUNCER_TARGET_FILE && -r $PGBOUNCER_TARGET_FILE ]] && IFS= read -r text <"$PGBOUNCER_TARGET_FILE" 2>/dev/null
  if [[ -z $text || $text == "$target" ]]; then return 1; fi
  if ! valid_target "$text"; then
    [[ $text == "${nonsense:-}" ]] || say "${PGBOUNCER_TARGET_FILE:-what the console was told} does not hold host:port and is left aside"
    nonsense=$text
    return 1
  fi
  target=$text
}

write_configurations() {
  local number host=${target%:*} port=${target##*:} text
  host=${host#[} host=${host%]}
  for ((number = 1; number <= PGBOUNCER_PROCESSES; number++)); do
    mkdir -p "$run/$number"
    text=${template//%\{process\}/$number}
    text=${text//%\{host\}/$host}
    put "$run/$number/pgbouncer.ini" "${text//%\{port\}/$port}"
  done
}

signal_all() {
  local pid
  for pid in "${pids[@]}"; do kill -s "$1" "$pid" 2>/dev/null || true; done
}

running() { [[ -n $(jobs -rp) ]]; }

serve() {
  local template target number stage=run failed=0 deadline=0 status first host port
  declare -a pids=()
  template=$(<"$run/template.ini")
  IFS= read -r first <<<"$template"
  read -r _ _ host port <<<"$first"
  target=$host:$port
  [[ -z $PGBOUNCER_TARGET ]] || target=$PGBOUNCER_TARGET
  look_for_target || true
  write_configurations
  say "$PGBOUNCER_PROCESSES x $(pgbouncer --version | head -n 1), database at $target"

  trap 'stage=${stage/run/asked}' TERM INT
  trap 'signal_all HUP' HUP
  for ((number = 1; number <= PGBOUNCER_PROCESSES; number++)); do
    pgbouncer "$run/$number/pgbouncer.ini" </dev/null &
    pids+=($!)
  done

  # Sleeping by a read that never gets anything costs no process.
  exec {never}<> <(:)
  while running; do
    IFS= read -rt 0.1 -u "$never" || true
    if look_for_target; then
      write_configurations
      say "database at $target from the next RELOAD on"
    fi
    case $stage in
      run)
        # One that died cannot be told from the others by clients: better a new task than a smaller one that nobody notices.
        if (($(jobs -rp | wc -l) < PGBOUNCER_PROCESSES)); then
          say 'a PgBouncer process ended by itself; the others are drained'
          failed=1 stage=asked
        fi
        ;;
      asked)
        # SIGTERM: no new clients, those there are may stay until they leave (1.23).
        say "draining for at most $PGBOUNCER_DRAIN_SECONDS s"
        signal_all TERM
        deadline=$((SECONDS + PGBOUNCER_DRAIN_SECONDS)) stage=drain
        ;;
      drain)
        if ((SECONDS >= deadline)); then
          # A second signal to end would cut everybody off at once. SIGUSR1 is PAUSE: transactions that run come to their end, and no new one begins.
          say 'clients are still there; waiting 10 s for their transactions'
          signal_all USR1
          deadline=$((SECONDS + 10)) stage=hurry
        fi
        ;;
      hurry)
        if ((SECONDS >= deadline)); then
          signal_all QUIT
          stage=ended
        fi
        ;;
    esac
  done
  for number in "${pids[@]}"; do
    status=0
    wait "$number" || status=$?
    # What ended by the signals of a drain did as it was told.
    ((status == 0 || deadline > 0)) || failed=1
  done
  ((failed == 0)) || refuse 'PgBouncer failed'
  say 'all processes have ended'
}

if [[ ${1:-} == serve ]]; then serve; else prepare; fi
