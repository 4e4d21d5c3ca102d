package dev.heddle.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Where and how something was measured.
 *
 * @param date when it began
 * @param command with which arguments
 * @param processor its name, as the kernel tells it
 * @param cores how many processors the JVM sees
 * @param memoryMb of the machine
 * @param java the JVM of the brokers and of the driver
 */
record Environment(
        String date,
        String command,
        String processor,
        int cores,
        long memoryMb,
        String operatingSystem,
        String java,
        String apacheKafka) {

    static Environment here(String command) {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new Environment(
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                command,
                processorName(),
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize() / 1_000_000,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vendor") + " " + Runtime.version(),
                AppInfoParser.getVersion());
    }

    /** For readers, who have no use for the name of the file. */
    String inWords() {
        return String.format(
                "%s, `%s`: %d cores (%s), %,d MB, %s, %s",
                date.substring(0, 10),
                command.replaceAll("\\s--json[ =]\\S+", ""),
                cores,
                processor,
                memoryMb,
                operatingSystem,
                java);
    }

    private static String processorName() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("model name"))
                    return line.substring(line.indexOf(':') + 1).strip();
            }
            return "unknown";
        } catch (IOException e) {
            return "unknown";
        }
    }
}
