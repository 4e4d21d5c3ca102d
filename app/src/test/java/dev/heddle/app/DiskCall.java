package dev.heddle.app;

/** The kinds of calls that a {@link SimulatedDisk} tells apart. */
enum DiskCall {
    OPEN(false),
    CREATE(true),
    READ(false),
    WRITE(true),
    FORCE(true),
    TRUNCATE(true),
    CHANNEL_SIZE(false),
    RENAME(true),
    DELETE(true),
    CREATE_DIRECTORIES(true),
    SYNC_DIRECTORY(true),
    LIST(false),
    LOOK(false),
    SET_MODIFIED(true),
    LOCK(false),
    SPACE(false);

    private final boolean changes;

    DiskCall(boolean changes) {
        this.changes = changes;
    }

    /** Whether the disk may be another one after it. */
    boolean changes() {
        return changes;
    }

    /** Whether it may need space that a full disk does not have. */
    boolean needsSpace() {
        return switch (this) {
            case CREATE, WRITE, RENAME, CREATE_DIRECTORIES -> true;
            case OPEN,
                    READ,
                    FORCE,
                    TRUNCATE,
                    CHANNEL_SIZE,
                    DELETE,
                    SYNC_DIRECTORY,
                    LIST,
                    LOOK,
                    SET_MODIFIED,
                    LOCK,
                    SPACE -> false;
        };
    }
}
