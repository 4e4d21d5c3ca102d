package dev.heddle.system;

import java.util.function.Function;

/** Draws steps to be done on two brokers in turn. One thread uses it. */
interface DifferentialScript {

    /**
     * One request, or a few that belong together.
     *
     * @param run does it, and says what came of it in words that do not depend on the broker: no ids, no times
     */
    record Step(String name, Function<DifferentialSide, String> run) {}

    /** Makes what the steps need. */
    void prepare(DifferentialSide side);

    /** The next step. */
    Step next();
}
