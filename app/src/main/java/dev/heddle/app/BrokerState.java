package dev.heddle.app;

/** Where a broker is in its life, with the numbers of Kafka's metric {@code BrokerState}. */
enum BrokerState {
    NOT_RUNNING(0),
    STARTING(1),
    RUNNING(3),
    SHUTTING_DOWN(7);

    private final int value;

    BrokerState(int value) {
        this.value = value;
    }

    int value() {
        return value;
    }
}
