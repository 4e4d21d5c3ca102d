/**
 * Who may do what: Kafka's {@code Authorizer} plugins, how they are loaded, started, asked and closed, and the principals
 * that are asked for.
 *
 * <p>Used by {@code handlers}, which ask through {@link dev.heddle.security.Access} on the request's own thread, and by
 * {@code app}, which loads and starts the plugin. A plugin may take its time: only the request that asks it waits. The
 * module has threads of its own only where the Java in use would let a waiting plugin hold back other requests.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.security {
    requires transitive dev.heddle.common;
    requires java.management; // what plugins measure is shown in JMX
    requires org.slf4j;

    exports dev.heddle.security;
}
