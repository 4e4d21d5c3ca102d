package dev.heddle.benchmarks;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param rounds of each scenario
 * @param time of a usual measurement
 * @param warmUp of each broker before a scenario begins; the JVM compiles what is hot meanwhile
 */
record Plan(int rounds, Duration time, Duration warmUp) {

    static final Plan QUICK = new Plan(3, Duration.ofSeconds(1), Duration.ofMillis(1_500));
    static final Plan FULL = new Plan(5, Duration.ofMillis(1_200), Duration.ofSeconds(2));

    /** What a broker that is started for a round may take in addition. */
    private static final double START_SECONDS = 12;

    double expectedSeconds(Scenario scenario, int brokers) {
        return brokers * (warmUp.toMillis() / 1e3 + rounds * expectedSecondsOfRound(scenario));
    }

    double expectedSecondsOfRound(Scenario scenario) {
        double own = scenario.time(time).toMillis() / 1e3 + 0.3;
        return scenario.life() == Scenario.Life.SHARED ? own : own + START_SECONDS;
    }
}
