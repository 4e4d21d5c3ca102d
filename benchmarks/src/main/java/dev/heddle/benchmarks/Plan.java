package dev.heddle.benchmarks;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param rounds of each scenario
 * @param startingRounds of those that start brokers in each round
 * @param time of a usual measurement
 * @param warmUp of each broker before a scenario begins; the JVM compiles what is hot meanwhile
 */
record Plan(int rounds, int startingRounds, Duration time, Duration warmUp) {

    static final Plan QUICK = new Plan(3, 2, Duration.ofSeconds(1), Duration.ofMillis(1_500));
    static final Plan FULL = new Plan(5, 5, Duration.ofMillis(1_000), Duration.ofMillis(1_500));

    /** How much longer a broker is warmed up that has just been started: by then the JVM has compiled what all share. */
    private static final int STARTED_FACTOR = 5;

    /** What a broker that is started for a round may take in addition. */
    private static final double START_SECONDS = 12;

    /** How long to warm up a broker before a scenario. */
    Duration warmUpOf(boolean justStarted) {
        return justStarted ? warmUp.multipliedBy(STARTED_FACTOR) : warmUp;
    }

    int roundsOf(Scenario scenario) {
        return scenario.life() == Scenario.Life.SHARED ? rounds : startingRounds;
    }

    double expectedSeconds(Scenario scenario, int brokers) {
        return brokers * (warmUp.toMillis() / 1e3 + roundsOf(scenario) * expectedSecondsOfRound(scenario));
    }

    double expectedSecondsOfRound(Scenario scenario) {
        double own = scenario.time(time).toMillis() / 1e3 + 0.3;
        return scenario.life() == Scenario.Life.SHARED ? own : own + START_SECONDS;
    }
}
