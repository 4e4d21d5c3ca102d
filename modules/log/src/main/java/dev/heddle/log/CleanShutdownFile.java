package dev.heddle.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code .kafka_cleanshutdown}: says that the broker closed every log of a directory, so that none needs recovery, and
 * with which broker epoch (KIP-966). Any thread may call it.
 */
final class CleanShutdownFile {

    static final String NAME = ".kafka_cleanshutdown";

    private static final Pattern BROKER_EPOCH = Pattern.compile("\"brokerEpoch\"\\s*:\\s*(-?\\d{1,19})\\s*[,}]");

    private CleanShutdownFile() {}

    static boolean exists(FileSystemCalls files, Path logDirectory) throws IOException {
        return files.exists(logDirectory.resolve(NAME));
    }

    /** The broker epoch that it was written with; empty if there is none, or none that can be read. */
    static OptionalLong brokerEpoch(FileSystemCalls files, Path logDirectory) {
        try {
            String content = new String(FileIo.readAll(files, logDirectory.resolve(NAME)), StandardCharsets.UTF_8);
            Matcher matcher = BROKER_EPOCH.matcher(content);
            return matcher.find() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** Writes it durably. */
    static void write(FileSystemCalls files, Path logDirectory, long brokerEpoch) throws IOException {
        String content = "{\"version\":0,\"brokerEpoch\":" + brokerEpoch + "}";
        FileIo.replace(files, logDirectory.resolve(NAME), content.getBytes(StandardCharsets.UTF_8));
    }

    /** Deletes it durably, so that a crash from here on is seen as one. */
    static void delete(FileSystemCalls files, Path logDirectory) throws IOException {
        if (files.deleteIfExists(logDirectory.resolve(NAME))) FileIo.syncDirectory(files, logDirectory);
    }
}
