# Shared by the scripts, which source it after they have set $here to the checkout.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# The Java home to run with: $JAVA_HOME, or that of the java on the path.
find_java_home() {
  if [ -n "${JAVA_HOME:-}" ]; then
    [ -x "$JAVA_HOME/bin/java" ] || die "JAVA_HOME is $JAVA_HOME, and there is no bin/java in it"
    return
  fi
  find_java
  [ -n "$java" ] || die "no java found: install openjdk-17-jre-headless or newer, or set JAVA_HOME"
  # Where Debian has them first: that is found without a process, which the command would feel.
  for JAVA_HOME in /usr/lib/jvm/*; do
    [ ! "$JAVA_HOME/bin/java" -ef "$java" ] || return 0
  done
  java=$(readlink -f "$java")
  JAVA_HOME=${java%/bin/java}
}

# $java, the one on the path, if there is one.
find_java() {
  java=
  IFS=:
  set -f # a star in a folder's name is meant
  for folder in $PATH; do
    if [ -f "$folder/java" ] && [ -x "$folder/java" ]; then java=$folder/java; break; fi
  done
  set +f
  unset IFS
}

# $java_version (17.0.15) and $java_major (17), read from a file: asking java itself takes 40 ms.
find_java_version() {
  java_version=
  if [ -r "$JAVA_HOME/release" ]; then
    while IFS='=' read -r key value; do
      [ "$key" = JAVA_VERSION ] && java_version=${value#\"} && java_version=${java_version%\"} && break
    done < "$JAVA_HOME/release"
  fi
  [ -n "$java_version" ] || java_version=$("$JAVA_HOME/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.version = //p')
  java_major=${java_version%%[.+-]*}
  [ "$java_major" -ge 17 ] || die "Java 17 or newer is needed, and $JAVA_HOME is $java_version"
}

# $quiet_flags: newer JVMs warn of native calls and of Unsafe, which jnr and Netty are made of.
find_quiet_flags() {
  quiet_flags=
  [ "$java_major" -lt 24 ] || quiet_flags="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
}

# find_part PART: $folder, where the cli or the runtime lies, in a checkout or where it is installed; $jar in it, and
# $archive, its class archive for this JVM alone.
find_part() {
  folder=$here/$1
  [ -e "$folder/sandjar-$1.jar" ] || folder=$folder/target
  jar=$folder/sandjar-$1.jar
  archive=$folder/cds/${java_version:-}.jsa
}

# compile_benchmarks: scripts/bench.d, with the tests' CRI client, into $bench_classes, against the built runtime at
# $runtime_jar.
compile_benchmarks() {
  runtime_jar=$here/runtime/target/sandjar-runtime.jar
  [ -r "$runtime_jar" ] || die "$runtime_jar is missing: run scripts/build first"
  bench_classes=$here/target/bench
  mkdir -p "$bench_classes"
  "$JAVA_HOME/bin/javac" --release 17 -Xlint:all,-processing,-path -Werror -proc:none \
    -d "$bench_classes" -cp "$runtime_jar" "$here"/scripts/bench.d/*.java \
    "$here/runtime/src/test/java/io/sandjar/runtime/cri/CriClient.java"
}

# install_packages PURPOSE...: installs what scripts/debian-packages lists for these, if missing.
install_packages() {
  missing=
  for purpose in "$@"; do
    while read -r package of; do
      [ "$of" = "$purpose" ] || continue
      dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done < "$here/scripts/debian-packages"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get > /dev/null || die "please install these, by the names your system has for them:$missing"
  [ "$(id -u)" = 0 ] || die "missing packages, to install as root: apt-get install$missing"
  echo "Installing$missing"
  apt-get -qq -o Acquire::Retries=5 update
  # No service is to start only because its package is here for a test: see invoke-rc.d(8).
  policy=/usr/sbin/policy-rc.d
  [ ! -e $policy ] || policy=
  [ -z "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy; }
  status=0
  # shellcheck disable=SC2086 # the packages are words
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 install --no-install-recommends -y $missing > /dev/null || status=$?
  [ -z "$policy" ] || rm -f $policy
  [ $status = 0 ] || die "apt-get install$missing failed"
}

# find_newer_java: $newer_java_home, a JDK 25 on this machine if there is one.
find_newer_java() {
  newer_java_home=
  for home in ${JAVA25_HOME:-} /usr/lib/jvm/*25*; do
    if [ -x "$home/bin/javac" ]; then
      newer_java_home=$home
      return
    fi
  done
}

# unpack_package PACKAGE: a Debian package that may not be installed beside another's of the same
# name, unpacked under target/debian/PACKAGE.
unpack_package() {
  folder=$here/target/debian/$1
  [ ! -d "$folder" ] || return 0
  command -v apt-get > /dev/null || die "please put the files of Debian's $1 under $folder"
  download=$(mktemp -d)
  (cd "$download" && apt-get -qq -o Acquire::Retries=5 update &&
    apt-get -qq -o Acquire::Retries=5 download "$1" && dpkg -x ./*.deb files) ||
    die "apt-get download $1 failed"
  mkdir -p "$here/target/debian"
  mv "$download/files" "$folder"
  rm -rf "$download"
}
