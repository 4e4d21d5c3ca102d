package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that are not Apache's, each in a program of its own that does what an application does: kafkajs from npm, and
 * librdkafka, which many other clients are made of.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OtherClientsIT {

    private static final String KAFKAJS = "kafkajs@2.2.4";

    @TempDir
    static Path directory;

    private static BrokerProcess broker;

    @BeforeAll
    static void start() {
        broker = BrokerProcess.start(directory.resolve("data"), "virtual", "group.initial.rebalance.delay.ms=0");
    }

    @AfterAll
    static void stop() {
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
    }

    @Test
    void kafkajsHasGroupsTransactionsAndAnAdministrator() {
        Tool.assumeInstalled("node", "npm");
        Path home = directory.resolve("node");
        Tool installed = Tool.run(
                "",
                "npm",
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--no-save",
                "--no-package-lock",
                "--prefix",
                home.toString(),
                KAFKAJS);
        Tool.assumeReady("kafkajs", Files.isDirectory(home.resolve("node_modules/kafkajs")), installed.output());
        String output = Tool.run(
                        "",
                        "env",
                        "NODE_PATH=" + home.resolve("node_modules"),
                        "node",
                        source("kafkajs.js"),
                        broker.bootstrap())
                .succeeded();
        assertTrue(output.contains("kafkajs is content"), output);
    }

    @Test
    void librdkafkaHasGroupsAndTransactions() {
        Tool.assumeInstalled("gcc");
        String program = directory.resolve("librdkafka").toString();
        Tool compiled = Tool.run("", "gcc", "-Wall", "-o", program, source("librdkafka.c"), "-lrdkafka");
        Tool.assumeReady("librdkafka", compiled.exitCode() == 0, compiled.output());
        String output = Tool.run("", program, broker.bootstrap()).succeeded();
        assertTrue(output.contains("librdkafka is content"), output);
    }

    private static String source(String name) {
        try {
            return Path.of(OtherClientsIT.class.getResource("/clients/" + name).toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
