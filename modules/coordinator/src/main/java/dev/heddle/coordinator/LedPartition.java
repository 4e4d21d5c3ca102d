package dev.heddle.coordinator;

/** One partition of a coordinator's topic, for as long as this broker leads it once. Any thread may call it. */
interface LedPartition {

    int id();

    CoordinatorLog log();

    PartitionLife life();

    /** How many groups, or whatever is kept in it, there are at this moment. */
    int size();

    /** Sends everyone away who waits, and everyone who comes. */
    void close();
}
