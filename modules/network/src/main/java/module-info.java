/**
 * The network path: listeners, Acceptors, Processors, connections and their quotas.
 *
 * <p>Only {@code app} uses it, to start and stop it. Its threads are one {@code acceptor-<listener>} for each listener
 * and {@code processor-<listener>-<n>}; each has a selector of its own, which is all it ever blocks on. Selectors and
 * socket channels exist in this module only.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.network {
    requires transitive dev.heddle.requestchannel;
    requires org.slf4j;

    exports dev.heddle.network;
}
