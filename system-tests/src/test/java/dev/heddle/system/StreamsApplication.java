package dev.heddle.system;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/**
 * An application of Kafka Streams in a process of its own: it counts the words of sentences, for which they are
 * partitioned anew and counted in a store, and joins two streams on their key. Both exactly once.
 *
 * <p>Arguments: the broker, the application's id, the group protocol, the directory of its state.
 */
final class StreamsApplication {

    static final String SENTENCES = "sentences";
    static final String COUNTS = "counts";
    static final String LEFT = "left";
    static final String RIGHT = "right";
    static final String JOINED = "joined";

    /** What makes an application notice soon that one of its processes, or the broker, has gone. */
    private static final Map<String, String> PATIENCE = Map.of(
            "session.timeout.ms", "2000",
            "heartbeat.interval.ms", "200",
            "transaction.timeout.ms", "3000",
            "commit.interval.ms", "100",
            "reconnect.backoff.max.ms", "100",
            "retry.backoff.max.ms", "100");

    private StreamsApplication() {}

    public static void main(String[] args) {
        var streams = new KafkaStreams(topology(), settings(args[0], args[1], args[2], args[3]));
        streams.setUncaughtExceptionHandler(failure -> StreamThreadExceptionResponse.REPLACE_THREAD);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(30))));
        streams.start();
    }

    static Properties settings(String bootstrap, String application, String protocol, String state) {
        var settings = new Properties();
        settings.putAll(PATIENCE);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("application.id", application);
        settings.put("group.protocol", protocol);
        settings.put("state.dir", state);
        settings.put("num.stream.threads", "2");
        settings.put("processing.guarantee", "exactly_once_v2");
        settings.put("auto.offset.reset", "earliest");
        // Every count is to be seen, not the last one of an interval.
        settings.put("statestore.cache.max.bytes", "0");
        if (protocol.equals("classic")) {
            settings.put("num.standby.replicas", "1");
        } else {
            // The broker says these.
            settings.remove("session.timeout.ms");
            settings.remove("heartbeat.interval.ms");
        }
        return settings;
    }

    static Topology topology() {
        var builder = new StreamsBuilder();
        var strings = Consumed.with(Serdes.String(), Serdes.String());
        builder.stream(SENTENCES, strings)
                .flatMapValues(sentence -> Arrays.asList(sentence.split(" ")))
                .groupBy((key, word) -> word, Grouped.with("words", Serdes.String(), Serdes.String()))
                .count()
                .toStream()
                .mapValues(count -> Long.toString(count))
                .to(COUNTS, Produced.with(Serdes.String(), Serdes.String()));
        KStream<String, String> right = builder.stream(RIGHT, strings);
        builder.stream(LEFT, strings)
                .join(
                        right,
                        (l, r) -> l + "+" + r,
                        JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofHours(1)),
                        StreamJoined.with(Serdes.String(), Serdes.String(), Serdes.String()))
                .to(JOINED, Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }
}
