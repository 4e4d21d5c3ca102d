package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive that people download: unpacked somewhere, it runs with nothing but a Java beside it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DistributionIT {

    private static final Pattern READY = Pattern.compile("Heddle ready on (\\S+:\\d+) in .*");

    @TempDir
    Path directory;

    @Test
    void theArchiveRunsWhereItIsUnpacked() throws Exception {
        Tool.run("", "tar", "xzf", archive().toString(), "-C", directory.toString())
                .succeeded();
        Path home;
        try (var unpacked = Files.list(directory)) {
            home = unpacked.findFirst().orElseThrow();
        }
        for (String file : List.of("bin/heddle", "conf/server.properties", "conf/logback.xml", "LICENSE")) {
            assertTrue(Files.exists(home.resolve(file)), file);
        }
        Process process = start(home);
        try {
            produceAndConsume(awaitReady(process));
        } finally {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
        assertEquals(0, process.exitValue());
    }

    private static Path archive() throws Exception {
        Path target = Path.of(System.getProperty("heddle.home")).getParent();
        try (var files = Files.list(target)) {
            return files.filter(file -> file.toString().endsWith(".tar.gz"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** With an environment that holds nothing but where Java is, and the place of the shell's own tools. */
    private Process start(Path home) throws Exception {
        var builder = new ProcessBuilder(
                home.resolve("bin/heddle").toString(),
                "--data",
                directory.resolve("data").toString(),
                "--port",
                "0");
        builder.environment().clear();
        builder.environment().putAll(Map.of("JAVA_HOME", System.getProperty("java.home"), "PATH", "/usr/bin:/bin"));
        return builder.redirectErrorStream(true).start();
    }

    private static String awaitReady(Process process) throws Exception {
        var output = process.inputReader();
        String line = output.readLine();
        while (line != null) {
            Matcher ready = READY.matcher(line);
            if (ready.matches()) return ready.group(1);
            line = output.readLine();
        }
        assertNotNull(line, "it did not become ready");
        return line;
    }

    private static void produceAndConsume(String bootstrap) {
        try (var clients = new Clients(bootstrap)) {
            var producer = clients.producer(Map.of("compression.type", "zstd"));
            Clients.get(producer.send(new ProducerRecord<>("unpacked", "works")));
            var consumer = clients.consumer(Map.of());
            consumer.assign(List.of(new TopicPartition("unpacked", 0)));
            assertEquals(List.of("works"), Clients.values(Clients.poll(consumer, 1)));
        }
    }
}
