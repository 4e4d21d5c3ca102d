package dev.heddle.benchmarks;

/** What is measured unless options say otherwise. */
enum Mode {
    /** One scenario of each kind, for a first look. */
    QUICK(Plan.QUICK, "kafka|heddle-.*", "virtual"),
    /** Heddle as it is by default beside Apache Kafka. */
    FULL(Plan.FULL, ".*", "virtual"),
    /** Heddle's handler strategies beside each other. */
    STRATEGIES(Plan.FULL, "heddle-.*", "virtual,platform,inline");

    private final Plan plan;
    private final String brokers;
    private final String strategies;

    /**
     * @param brokers a pattern of their names
     * @param strategies separated by commas
     */
    Mode(Plan plan, String brokers, String strategies) {
        this.plan = plan;
        this.brokers = brokers;
        this.strategies = strategies;
    }

    Plan plan() {
        return plan;
    }

    String brokers() {
        return brokers;
    }

    String strategies() {
        return strategies;
    }

    boolean has(Scenario scenario) {
        return switch (this) {
            case QUICK -> Scenarios.isQuick(scenario);
            case FULL -> true;
            case STRATEGIES -> Scenarios.isOfStrategies(scenario);
        };
    }
}
