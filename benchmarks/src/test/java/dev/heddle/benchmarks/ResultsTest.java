package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {

    @Test
    void whatIsWrittenIsReadAgain(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("new/results.json");
        Examples.results().write(file);
        assertEquals(Examples.results(), Results.read(file));
    }
}
