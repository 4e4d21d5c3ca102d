package dev.heddle.coordinator.streams;

/** A task: one partition of what a subtopology reads. Immutable. */
record TaskId(String subtopology, int partition) {

    @Override
    public String toString() {
        return subtopology + "_" + partition;
    }
}
