package dev.heddle.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Heddle this is. Any thread may call it. */
final class Version {

    private Version() {}

    /** For instance {@code Heddle 0.1.0 (as Apache Kafka 4.3.1), Java 25.0.1}. */
    static String line() {
        Properties version = load();
        return "Heddle " + version.getProperty("version") + " (as Apache Kafka " + version.getProperty("kafka.version")
                + "), Java " + Runtime.version();
    }

    private static Properties load() {
        var properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) throw new IllegalStateException("version.properties is missing from the module");
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
