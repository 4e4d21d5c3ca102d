package dev.heddle.system;

/** One kind of data that goes on a round trip, and what is known of it; the test's thread calls it. */
interface Cargo {

    /** Adds to it, at a stop where everything that is known of it was found. */
    void load(Stop stop);

    /** Finds everything that should be there. */
    void check(Stop stop);
}
