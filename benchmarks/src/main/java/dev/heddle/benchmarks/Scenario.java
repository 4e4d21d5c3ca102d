package dev.heddle.benchmarks;

import java.io.IOException;
import java.util.Map;

/** One thing that all brokers are asked to do, and what is measured meanwhile. */
interface Scenario {

    /** By which it is chosen and told. */
    String name();

    /** Makes topics, fills them; once for each broker, before anything is measured. */
    void prepare(Broker broker) throws Exception;

    /**
     * Puts its load on a broker.
     *
     * @param millis for how long
     */
    Map<Metric, Double> measure(Broker broker, long millis) throws IOException;
}
