# Sourced by ./build and ./heddle: find_jdk TOOL sets and exports JAVA_HOME to a Java of 21 or newer that has bin/TOOL,
# and sets JAVA_MAJOR to its version. No process is started for a Java that is named: a broker's start has no time for it.
# HEDDLE_JAVA_HOME wins, then JAVA_HOME, then the java on the PATH, then the usual places, newest first.

HEDDLE_MIN_JAVA=21

# Sets JAVA_MAJOR to the major version of the Java at $1, by its release file; 0 if there is none.
java_major() {
    local line
    JAVA_MAJOR=0
    [ -r "$1/release" ] || return 0
    while IFS= read -r line; do
        case $line in
            JAVA_VERSION=*)
                line=${line#*\"}
                line=${line#1.}
                JAVA_MAJOR=${line%%[!0-9]*}
                return 0
                ;;
        esac
    done <"$1/release"
}

_jdk_fits() {
    java_major "$1"
    [ -x "$1/bin/$2" ] && [ "$JAVA_MAJOR" -ge "$HEDDLE_MIN_JAVA" ]
}

_jdk_candidates() {
    local on_path
    if on_path=$(command -v java 2>/dev/null); then
        on_path=$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")
        echo "${on_path%/bin/java}"
    fi
    local home
    for home in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*/ "$HOME"/.sdkman/candidates/java/* \
        "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        java_major "${home%/}"
        [ -d "$home" ] && echo "$JAVA_MAJOR ${home%/}"
    done | sort -rn -s -k1,1 | cut -d' ' -f2-
}

find_jdk() {
    local tool=$1 home
    if [ -n "${HEDDLE_JAVA_HOME:-}" ]; then
        if _jdk_fits "$HEDDLE_JAVA_HOME" "$tool"; then
            export JAVA_HOME=$HEDDLE_JAVA_HOME
            return 0
        fi
        echo "HEDDLE_JAVA_HOME=$HEDDLE_JAVA_HOME has no bin/$tool of Java $HEDDLE_MIN_JAVA or newer." >&2
        return 1
    fi
    if [ -n "${JAVA_HOME:-}" ] && _jdk_fits "$JAVA_HOME" "$tool"; then
        export JAVA_HOME
        return 0
    fi
    while IFS= read -r home; do
        if _jdk_fits "$home" "$tool"; then
            export JAVA_HOME=$home
            return 0
        fi
    done < <(_jdk_candidates)
    echo "No JDK of $HEDDLE_MIN_JAVA or newer was found. Install one (Debian and Ubuntu: apt-get install openjdk-21-jdk-headless; macOS: brew install openjdk@21; or https://adoptium.net) or point HEDDLE_JAVA_HOME at it." >&2
    return 1
}
