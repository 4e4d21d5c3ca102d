package dev.heddle.app;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for. Immutable.
 *
 * @param configFile a Kafka {@code server.properties}
 * @param overrides keys that win over the file
 * @param data where the log directories are, instead of {@code log.dirs}
 * @param port the port of the one listener
 * @param handlerStrategy {@code handler.strategy}
 */
record LaunchOptions(
        @Nullable Path configFile,
        Map<String, String> overrides,
        @Nullable String data,
        @Nullable Integer port,
        @Nullable String handlerStrategy) {

    static final LaunchOptions NONE = new LaunchOptions(null, Map.of(), null, null, null);
}
