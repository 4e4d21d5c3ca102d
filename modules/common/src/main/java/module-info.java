import org.jspecify.annotations.NullMarked;

/**
 * What every other module stands on: named threads, time, waiting, background work, the family of exceptions, and the
 * names of metrics.
 *
 * <p>It knows nothing of Kafka's server. Everything exported here may be called from any thread unless its own
 * documentation says otherwise.
 */
@NullMarked
module dev.heddle.common {
    requires transitive kafka.clients;
    requires transitive com.codahale.metrics;
    requires org.slf4j;
    requires HdrHistogram; // an automatic module, named after its file
    requires static transitive org.jspecify;

    exports dev.heddle.common;
}
