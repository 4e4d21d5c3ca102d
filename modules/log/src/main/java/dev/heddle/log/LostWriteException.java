package dev.heddle.log;

import java.io.IOException;

/**
 * What was written may be lost, or what should not be there could not be removed: a sync failed, or a file could not be
 * cut back after a write had. Whatever the reason, even a full disk, the directory has to go offline: after a sync has
 * failed the kernel may have dropped the pages, and nothing that is written later would prove anything.
 */
final class LostWriteException extends IOException {

    LostWriteException(String message, IOException cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
