package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Puts the keys together from the file, the overrides and the flags. Used by the main thread. */
final class ConfigFile {

    static final String LISTENERS = "listeners";
    static final String ADVERTISED_LISTENERS = "advertised.listeners";
    static final String LOG_DIR = "log.dir";
    static final String LOG_DIRS = "log.dirs";
    static final String METADATA_LOG_DIR = "metadata.log.dir";
    static final String HANDLER_STRATEGY = "handler.strategy";

    static final int DEFAULT_PORT = 9092;
    static final String DEFAULT_DATA = "./data";

    private ConfigFile() {}

    /**
     * The keys that {@code options} ask for: the file's, over those the overrides', over those the flags'. Without a
     * file there are defaults for a broker on one's own machine; with one, what it leaves out is as in Kafka.
     *
     * @throws StopBrokerException if the file cannot be read, or the port has no one listener to go to
     */
    static Map<String, String> assemble(LaunchOptions options) {
        var keys = new HashMap<String, String>();
        if (options.configFile() != null) keys.putAll(read(options.configFile()));
        keys.putAll(options.overrides());
        if (options.data() != null) {
            keys.remove(LOG_DIR);
            keys.remove(METADATA_LOG_DIR);
            keys.put(LOG_DIRS, options.data());
        }
        if (options.handlerStrategy() != null) keys.put(HANDLER_STRATEGY, options.handlerStrategy());
        if (options.configFile() == null) addDefaults(keys);
        if (options.port() != null) keys.put(LISTENERS, withPort(keys, options.port()));
        return keys;
    }

    private static Map<String, String> read(Path file) {
        var properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            throw new StopBrokerException("--config " + file + ": there is no such file");
        } catch (IOException | IllegalArgumentException e) {
            throw new StopBrokerException("--config " + file + " cannot be read: " + StepSequence.oneLine(e), e);
        }
        var keys = new HashMap<String, String>();
        properties.forEach((key, value) -> keys.put((String) key, ((String) value).strip()));
        return keys;
    }

    private static void addDefaults(Map<String, String> keys) {
        keys.putIfAbsent(LISTENERS, "PLAINTEXT://localhost:" + DEFAULT_PORT);
        if (!keys.containsKey(LOG_DIR)) keys.putIfAbsent(LOG_DIRS, DEFAULT_DATA);
    }

    private static String withPort(Map<String, String> keys, int port) {
        String listeners = BrokerConfig.withoutControllerListeners(
                keys.getOrDefault(LISTENERS, "PLAINTEXT://:" + DEFAULT_PORT),
                keys.get(BrokerConfig.CONTROLLER_LISTENERS));
        int colon = listeners.lastIndexOf(':');
        if (listeners.contains(",") || colon < 0) {
            throw new StopBrokerException("--port " + port + " needs exactly one listener, and listeners=" + listeners
                    + ": set the port there");
        }
        return listeners.substring(0, colon + 1) + port;
    }

    /** The data directory as it was asked for, for people to read. */
    static String dataShown(Map<String, String> keys, String defaultDir) {
        @Nullable String dirs = keys.get(LOG_DIRS);
        return dirs != null ? dirs : keys.getOrDefault(LOG_DIR, defaultDir);
    }
}
