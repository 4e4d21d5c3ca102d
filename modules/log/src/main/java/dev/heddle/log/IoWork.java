package dev.heddle.log;

import java.io.IOException;

/** Calls on files of which nothing is returned; {@link LogState.IoCall} is the one that returns something. */
interface IoWork {
    void run() throws IOException;
}
