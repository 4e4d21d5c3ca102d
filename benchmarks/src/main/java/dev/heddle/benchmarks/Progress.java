package dev.heddle.benchmarks;

import java.io.PrintStream;
import java.time.Duration;

/** Shows on a terminal what runs now, and how long all of it may still take. One thread uses it. */
final class Progress {

    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintStream out;
    private final boolean terminal;
    private final double expectedSeconds;
    private final long startNanos = System.nanoTime();

    private double doneSeconds;

    /**
     * @param terminal whether a line can be changed; else each step has one of its own
     * @param expectedSeconds of all steps together, roughly
     */
    Progress(PrintStream out, boolean terminal, double expectedSeconds) {
        this.out = out;
        this.terminal = terminal;
        this.expectedSeconds = expectedSeconds;
    }

    void step(String what) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
        String line = "[" + clock(elapsed) + " of about " + clock(estimate(elapsed)) + "] " + what;
        if (terminal) out.print(CLEAR_LINE + line);
        else out.println(line);
        out.flush();
    }

    /** What was expected at first, corrected by what the steps until now have really taken. */
    private Duration estimate(Duration elapsed) {
        double seconds = elapsed.toMillis() / 1e3;
        double pace = doneSeconds < 10 ? 1 : seconds / doneSeconds;
        return Duration.ofSeconds((long) (seconds + Math.max(0, expectedSeconds - doneSeconds) * pace));
    }

    /** A step is over that was expected to take so long. */
    void done(double expectedSecondsOfStep) {
        doneSeconds += expectedSecondsOfStep;
    }

    /** A line that stays. */
    void say(String line) {
        out.println(terminal ? CLEAR_LINE + line : line);
    }

    private static String clock(Duration time) {
        return String.format("%d:%02d", time.toMinutes(), time.toSecondsPart());
    }
}
