package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What Apache's decoder says of a broker's files, in which it must find no fault. */
final class SegmentDump {

    private static final String TOOL = "org.apache.kafka.tools.DumpLogSegments";
    private static final List<String> SUFFIXES = List.of(".log", ".index", ".timeindex", ".txnindex", ".snapshot");
    private static final List<String> COMPLAINTS = List.of(
            "Found timestamp mismatch",
            "Found out of order",
            "Mismatches in",
            "Ignoring unknown",
            "invalid",
            "Could not",
            "Exception",
            "isvalid: false");

    private SegmentDump() {}

    /** What is printed of some files, separated by commas. */
    static String of(String files, String... flags) {
        var arguments = new ArrayList<>(List.of("--files", files));
        arguments.addAll(List.of(flags));
        String output = Tool.apache(TOOL, arguments.toArray(String[]::new)).succeeded();
        for (String complaint : COMPLAINTS) assertFalse(output.contains(complaint), () -> complaint + " in\n" + output);
        return output;
    }

    /** Decodes every segment, index, snapshot and record of a log directory; its broker has stopped. */
    static String ofAll(Path directory) {
        String output = of(
                String.join(",", files(directory)),
                "--deep-iteration",
                "--verify-index-only",
                "--skip-record-metadata");
        assertEquals(List.of(), gaps(output), output);
        return output;
    }

    private static List<String> files(Path directory) {
        try (Stream<Path> files = Files.walk(directory, 2)) {
            return files.filter(file -> !file.getParent().equals(directory)
                            && !file.getParent().toString().endsWith("-delete"))
                    .map(Path::toString)
                    .filter(file -> SUFFIXES.stream().anyMatch(file::endsWith))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Offsets that are missing where nothing compacts; before a segment's first record, the tool always sees a gap. */
    private static List<String> gaps(String output) {
        var gaps = new ArrayList<String>();
        boolean compacted = true;
        for (String line : output.lines().toList()) {
            if (line.startsWith("Non-consecutive offsets in ")) {
                compacted = line.contains("compacted") || line.contains("/__");
            } else if (line.contains(" is followed by ") && !compacted && !line.contains("-1 is followed by")) {
                gaps.add(line);
            }
        }
        return gaps;
    }
}
