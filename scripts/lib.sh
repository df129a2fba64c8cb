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
  java=$(command -v java) || die "no java found: install openjdk-17-jre-headless or newer, or set JAVA_HOME"
  java=$(readlink -f "$java")
  JAVA_HOME=${java%/bin/java}
}

# $java_version (17.0.15) and $java_major (17), read from a file: asking java itself takes 40 ms.
find_java_version() {
  java_version=
  if [ -r "$JAVA_HOME/release" ]; then
    while IFS='=' read -r key value; do
      [ "$key" = JAVA_VERSION ] && java_version=${value#\"} && java_version=${java_version%\"}
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

# archive_of PART: where the class archive of the cli or the runtime lies, for this JVM alone.
archive_of() {
  echo "$here/$1/target/cds/$java_version.jsa"
}
