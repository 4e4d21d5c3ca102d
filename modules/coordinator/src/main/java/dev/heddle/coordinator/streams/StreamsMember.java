package dev.heddle.coordinator.streams;

/** A member of a streams group. Immutable. */
public record StreamsMember(String id, StreamsProfile profile, CurrentTasks current) {

    /** A member that the group does not know yet. */
    public static StreamsMember joining(String id) {
        return new StreamsMember(id, StreamsProfile.UNKNOWN, CurrentTasks.JOINING);
    }

    public StreamsMember with(StreamsProfile newProfile) {
        return new StreamsMember(id, newProfile, current);
    }

    public StreamsMember with(CurrentTasks newCurrent) {
        return new StreamsMember(id, profile, newCurrent);
    }

    public int epoch() {
        return current.epoch();
    }
}
