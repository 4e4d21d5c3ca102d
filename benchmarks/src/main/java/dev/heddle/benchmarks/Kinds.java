package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The brokers that are compared. Stateless. */
final class Kinds {

    /** What the ratios refer to, where it has a part. */
    static final String KAFKA = "kafka";

    /** Apache Kafka, made to sync before it acknowledges, as Heddle does. */
    static final String KAFKA_FLUSH = "kafka-flush";

    private static final String HEDDLE = "heddle-";

    private Kinds() {}

    /**
     * All of them, Apache Kafka first, with Heddle once for each of {@code strategies}, and once more for each of {@code
     * flags} of the JVM.
     */
    static List<Broker.Kind> all(Installation installation, List<String> strategies, List<String> flags) {
        List<Broker.Kind> all = new ArrayList<>();
        all.add(new KafkaBroker.Kind(installation, KAFKA, Map.of()));
        all.add(new KafkaBroker.Kind(installation, KAFKA_FLUSH, Map.of("log.flush.interval.messages", "1")));
        for (String strategy : strategies) all.add(new HeddleBroker.Kind(installation, strategy, ""));
        for (String more : flags) all.add(new HeddleBroker.Kind(installation, strategies.getFirst(), more));
        return all;
    }

    static String heddle(String strategy) {
        return HEDDLE + strategy;
    }

    static boolean isVariant(Broker.Kind kind) {
        return kind.name().equals(KAFKA_FLUSH);
    }
}
