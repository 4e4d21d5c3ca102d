package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EnvironmentTest {

    private static final String MACHINE = ": 2 cores (a processor), 8,000 MB, Linux, Java 25";

    @Test
    void theNameOfTheFileIsNotTold() {
        assertEquals("2026-01-02, `quick`" + MACHINE, told("quick --json /tmp/mine.json"));
        assertEquals("2026-01-02, `full --rounds 2`" + MACHINE, told("full --json=mine.json --rounds 2"));
        assertEquals("2026-01-02, `full --only small.*`" + MACHINE, told("full --only small.*"));
    }

    private static String told(String command) {
        return Examples.environment(command).inWords();
    }
}
