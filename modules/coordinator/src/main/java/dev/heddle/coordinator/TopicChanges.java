package dev.heddle.coordinator;

/**
 * In which versions of the metadata topics have changed. The metadata's writer says so; any thread may ask, without a
 * lock.
 */
final class TopicChanges {

    /** Publishes the last version in which a topic was created, changed or deleted; written by the metadata's writer. */
    private volatile long lastChange;

    /** Publishes the last version in which a topic was created; written by the metadata's writer. */
    private volatile long lastCreation;

    void changed(long version, boolean anyCreated) {
        if (anyCreated) lastCreation = version;
        lastChange = version;
    }

    long lastChange() {
        return lastChange;
    }

    long lastCreation() {
        return lastCreation;
    }
}
