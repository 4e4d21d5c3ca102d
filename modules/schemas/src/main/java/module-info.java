/**
 * The record classes of Kafka's internal topics and of its metadata log, as Apache generates and publishes them.
 *
 * <p>Nothing here is written by hand: the build takes the classes out of Apache's jars, so that what Heddle writes is
 * encoded by the very code that Apache Kafka reads it with. Used by {@code metadata} and {@code coordinator}; the
 * classes are plain data and have no thread rules of their own.
 */
module dev.heddle.schemas {
    requires transitive kafka.clients;

    // Apache spreads its records over one package per component, so this module cannot have a single one.
    exports org.apache.kafka.common.metadata;
    exports org.apache.kafka.coordinator.group.generated;
    exports org.apache.kafka.coordinator.share.generated;
    exports org.apache.kafka.coordinator.transaction.generated;
}
