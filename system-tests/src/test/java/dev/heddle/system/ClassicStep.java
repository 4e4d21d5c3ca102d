package dev.heddle.system;

import java.util.Random;

/** Something that happens in a {@link ClassicStory}; {@code variant} chooses the details. */
record ClassicStep(Kind kind, int member, int variant) {

    /** What can happen. */
    enum Kind {
        GO_ON,
        JOIN,
        JOIN_CHANGED,
        JOIN_AS_STRANGER,
        HANG_UP,
        SYNC,
        SYNC_WRONGLY,
        BEAT,
        BEAT_WRONGLY,
        LEAVE,
        LEAVE_BY_INSTANCE,
        LEAVE_WITH_A_STRANGER,
        COMMIT,
        COMMIT_WRONGLY,
        COMMIT_AS_NOBODY,
        FETCH,
        DELETE_OFFSET,
        LIST,
        DESCRIBE,
        DELETE_GROUP
    }

    static ClassicStep random(Random random) {
        // Most of the time members do what their clients would do.
        Kind kind = random.nextInt(3) > 0 ? Kind.GO_ON : Kind.values()[random.nextInt(Kind.values().length)];
        return new ClassicStep(kind, random.nextInt(ClassicStory.size()), random.nextInt(1000));
    }
}
