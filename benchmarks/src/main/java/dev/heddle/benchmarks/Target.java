package dev.heddle.benchmarks;

import java.util.Optional;

/**
 * What Heddle shall reach, with its default strategy.
 *
 * @param claim in words
 * @param scenario by its name
 * @param metric by its name
 * @param of what is compared with the bound
 * @param section of the page of profiles, by its anchor: it tells why, where the target is missed
 */
record Target(String claim, String scenario, String metric, Of of, double bound, String section) {

    /** The median of the ratios to Apache Kafka, or Heddle's own median; at least the bound, or at most. */
    enum Of {
        RATIO_AT_LEAST,
        RATIO_AT_MOST,
        VALUE_AT_LEAST,
        VALUE_AT_MOST;

        boolean isRatio() {
            return this == RATIO_AT_LEAST || this == RATIO_AT_MOST;
        }

        private boolean isReached(double value, double bound) {
            return this == RATIO_AT_LEAST || this == VALUE_AT_LEAST ? value >= bound : value <= bound;
        }
    }

    /** The default handler strategy. */
    static final String BROKER = Kinds.heddle("virtual");

    /** What was measured for it; absent if it was not, as ratios are without Apache Kafka. */
    Optional<Spread> measured(Results results) {
        return results.scenario(scenario)
                .filter(found -> !of.isRatio() || found.hasKafka())
                .flatMap(found -> found.metric(metric)
                        .flatMap(one -> of.isRatio() ? found.ratios(BROKER, one) : found.values(BROKER, one)));
    }

    boolean isReached(Spread measured) {
        return of.isReached(measured.median(), bound);
    }

    static Target ratioAtLeast(String claim, String scenario, Metric metric, double bound, String section) {
        return new Target(claim, scenario, metric.name(), Of.RATIO_AT_LEAST, bound, section);
    }

    static Target ratioAtMost(String claim, String scenario, Metric metric, double bound, String section) {
        return new Target(claim, scenario, metric.name(), Of.RATIO_AT_MOST, bound, section);
    }

    static Target valueAtLeast(String claim, String scenario, Metric metric, double bound, String section) {
        return new Target(claim, scenario, metric.name(), Of.VALUE_AT_LEAST, bound, section);
    }

    static Target valueAtMost(String claim, String scenario, Metric metric, double bound, String section) {
        return new Target(claim, scenario, metric.name(), Of.VALUE_AT_MOST, bound, section);
    }
}
