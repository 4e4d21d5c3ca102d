package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** JVM flags that Apache Kafka 4.3 documents for itself. Stateless. */
final class KafkaFlags {

    /** {@code KAFKA_HEAP_OPTS} and {@code KAFKA_JVM_PERFORMANCE_OPTS} of {@code kafka-server-start.sh}. */
    private static final List<String> SCRIPT = List.of(
            "-Xmx1G",
            "-Xms1G",
            "-server",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent",
            "-XX:MaxInlineLevel=15");

    /** The arguments that its page on operations says LinkedIn's busiest cluster runs with. */
    private static final List<String> PRODUCTION = List.of(
            "-Xmx6g",
            "-Xms6g",
            "-XX:MetaspaceSize=96m",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:G1HeapRegionSize=16M",
            "-XX:MinMetaspaceFreeRatio=50",
            "-XX:MaxMetaspaceFreeRatio=80",
            "-XX:+ExplicitGCInvokesConcurrent");

    /** What changes no speed: no display, and no warnings of Java 24 and later. */
    private static final List<String> QUIET = List.of("-Djava.awt.headless=true", "--enable-native-access=ALL-UNNAMED");

    private KafkaFlags() {}

    static List<String> of(Setting.Memory memory) {
        List<String> all = new ArrayList<>(
                switch (memory) {
                    case PRODUCTION -> PRODUCTION;
                    case SCRIPT -> SCRIPT;
                });
        all.addAll(QUIET);
        return all;
    }
}
