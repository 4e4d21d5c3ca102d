/**
 * The log: segments, indexes, producer state, recovery, log directories.
 *
 * <p>It is the only module that touches files. Everything it calls on them goes through
 * {@link dev.heddle.log.FileSystemCalls}. Handlers' threads, background work and each directory's {@code log-io} threads
 * call in; every exported class says which of them may.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.log {
    requires transitive dev.heddle.common;
    requires com.github.luben.zstd_jni; // explicit module: the codec finds it only when it is resolved
    requires org.slf4j;

    exports dev.heddle.log;
}
