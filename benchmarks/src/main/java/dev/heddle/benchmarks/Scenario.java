package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Something that is done to each broker, in turn, to measure it. The thread that runs the benchmark uses it. */
interface Scenario {

    /** For how many measurements a broker lives. */
    enum Life {
        /** It is kept for all rounds, and for the other scenarios of the same setting. */
        SHARED,
        /** Each round starts it anew, on the directory that {@link #prepare} has left. */
        RESTARTED,
        /** Each round starts it anew, on a new directory. */
        FRESH
    }

    /** By which it is told and chosen: lower case, no spaces. */
    String name();

    /** What is done, in a sentence without a full stop. */
    String about();

    default Setting setting() {
        return Setting.PRODUCTION;
    }

    default Life life() {
        return Life.SHARED;
    }

    /** Whether a broker has a part in it. Variants are there for single scenarios. */
    default boolean takes(Broker.Kind kind) {
        return !Kinds.isVariant(kind);
    }

    /** How long a measurement is meant to last, if others last {@code usual}. */
    default Duration time(Duration usual) {
        return usual;
    }

    /** How many parts a measurement has that each last so long; they share the time of a warm-up. */
    default int parts() {
        return 1;
    }

    /** Makes what it needs in a broker, once for each directory. Apache Kafka comes first, if it has a part. */
    default void prepare(Broker broker) throws Exception {}

    /** Removes from a broker that is kept what {@link #prepare} has made, when the last round is over. */
    default void tidyUp(Broker broker) throws Exception {}

    /** Measures for about so long. Figures that are none fail the round: {@link IOException} says why. */
    Map<Metric, Double> measure(Broker broker, Duration time) throws Exception;
}
