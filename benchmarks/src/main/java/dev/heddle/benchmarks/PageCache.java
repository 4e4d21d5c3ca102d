package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The operating system's cache of files. Stateless. */
final class PageCache {

    private PageCache() {}

    /** Writes to the disk what is not yet there, and forgets every log file below a directory (posix_fadvise, as dd does it). */
    static void forget(Path root) throws IOException, InterruptedException {
        run("sync", "-f", root.toString());
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> logs = files.filter(it -> it.toString().endsWith(".log")).toList();
            for (Path file : logs) run("dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) throw new IOException(String.join(" ", command) + " ended with " + exit);
    }
}
