package dev.heddle.log;

import java.nio.file.Path;

/** Whose code is measured. Both get the same records, and keep them in files of the same format. */
public enum Implementation {
    HEDDLE {
        @Override
        MeasuredLog open(Path directory, LogShape shape) {
            return HeddleLog.open(directory, shape);
        }
    },
    APACHE {
        @Override
        MeasuredLog open(Path directory, LogShape shape) {
            return ApacheLog.open(directory, shape);
        }
    };

    /** Opens, or creates, a log in a directory of its own. */
    abstract MeasuredLog open(Path directory, LogShape shape);
}
