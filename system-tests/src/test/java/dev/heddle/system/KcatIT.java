package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kcat, and with it librdkafka, where it is installed. */
class KcatIT extends AgainstABroker {

    private static final String LINES =
            IntStream.range(0, 100).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());

    @BeforeEach
    void onlyWhereItIsInstalled() {
        Tool.assumeInstalled("kcat");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void producesAndConsumes(String codec) {
        String topic = newTopic();
        kcat(LINES, "-P", "-t", topic, "-z", codec);
        assertEquals(
                LINES.lines().toList(),
                kcat("", "-C", "-t", topic, "-e", "-q").lines().toList());
    }

    @Test
    void consumesAsAGroup() {
        String topic = newTopic();
        kcat(LINES, "-P", "-t", topic);
        String group = "kcat-" + topic;
        List<String> first = kcat("", "-G", group, "-X", "auto.offset.reset=earliest", "-e", "-q", topic)
                .lines()
                .toList();
        assertEquals(LINES.lines().toList(), first);
        kcat("one more\n", "-P", "-t", topic);
        List<String> second = kcat("", "-G", group, "-X", "auto.offset.reset=earliest", "-e", "-q", topic)
                .lines()
                .toList();
        assertEquals(List.of("one more"), second);
    }

    @Test
    void listsTheBrokerItsTopicsAndOffsets() {
        String topic = newTopic();
        kcat(LINES, "-P", "-t", topic);
        String listing = kcat("", "-L");
        assertTrue(listing.contains("1 brokers") && listing.contains("\"" + topic + "\""), listing);
        assertTrue(kcat("", "-Q", "-t", topic + ":0:-1").contains("offset 100"));
    }

    private static String kcat(String input, String... arguments) {
        var command = new java.util.ArrayList<>(List.of("kcat", "-b", broker.bootstrap()));
        command.addAll(List.of(arguments));
        return Tool.run(input, command.toArray(String[]::new)).succeeded();
    }
}
