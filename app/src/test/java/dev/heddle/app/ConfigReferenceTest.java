package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.log.LogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.junit.jupiter.api.Test;

/** {@code docs/configuration.md} is made from the keys' own declarations, and must not be older than they are. */
class ConfigReferenceTest {

    private static final Path PAGE = Path.of("../docs/configuration.md");

    private static final String HEAD = """
            # Configuration

            <!-- Generated from the declarations in the code. To make it anew:
                 ./build -q -pl app -am test -Dtest=ConfigReferenceTest -Dsurefire.failIfNoSpecifiedTests=false -Dtest.jvm.args=-Dexpected.write=true -->

            The keys are those of Kafka's `server.properties`, with Kafka's names, types and defaults, unless marked as *own*.
            They come from the file named by `--config`, from `--override key=value`, and from the flags; the later wins.
            Without a file Heddle listens on `localhost:9092` and keeps its data in `./data`. A key that nobody knows is
            reported with the nearest known name; a value that is not allowed stops the start. A key of Kafka that is not on this page
            is not used yet, and is reported as such.
            """;

    @Test
    void thePageIsWhatTheDeclarationsSay() throws IOException {
        String generated = generate();
        if (Boolean.getBoolean("expected.write")) Files.writeString(PAGE, generated);
        assertEquals(Files.readString(PAGE), generated, "see the command at the top of the page");
    }

    @Test
    void everyKeyIsExplained() {
        var silent = new TreeSet<String>();
        ConfigKeys.all().configKeys().forEach((name, key) -> {
            if (key.documentation == null || key.documentation.isBlank()) silent.add(name);
        });
        assertEquals(new TreeSet<>(), silent);
    }

    @Test
    void ownKeysAreFewAndCannotBeMistakenForKafkas() {
        var own = new TreeSet<>(ConfigKeys.all().names());
        own.removeAll(ConfigKeys.ofKafka());
        assertTrue(own.size() < 20, own.toString());
    }

    @Test
    void defaultsAreValid() {
        ConfigKeys.all().configKeys().forEach((name, key) -> {
            if (key.validator != null && key.hasDefault()) key.validator.ensureValid(name, key.defaultValue);
        });
    }

    private static String generate() {
        var page = new StringBuilder(HEAD);
        var sections = new TreeMap<String, ConfigDef>();
        ConfigKeys.PARTS.forEach(
                part -> part.define().apply(sections.computeIfAbsent(part.module(), module -> new ConfigDef())));
        sections.forEach((module, def) -> {
            page.append("\n## Module ").append(module).append("\n\n");
            append(page, def, ConfigKeys.ofKafka().stream().collect(Collectors.toSet()));
        });
        page.append(
                "\n## Topics\n\nSet when a topic is created, or later with `kafka-configs`. What a topic leaves out is as the"
                        + " broker's key of the same meaning says.\n\n");
        append(page, LogConfig.topicDef(), LogConfig.topicDef().names());
        return page.toString();
    }

    private static void append(StringBuilder page, ConfigDef def, java.util.Set<String> kafkas) {
        page.append("| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
        new TreeMap<>(def.configKeys())
                .values().stream()
                        .filter(key -> !key.internalConfig)
                        .forEach(key -> page.append("| `")
                                .append(key.name)
                                .append(kafkas.contains(key.name) ? "` | " : "` *own* | ")
                                .append(key.type.toString().toLowerCase(java.util.Locale.ROOT))
                                .append(" | ")
                                .append(defaultOf(key))
                                .append(" | ")
                                .append(key.validator == null ? "" : cell(key.validator.toString()))
                                .append(" | ")
                                .append(cell(key.documentation))
                                .append(" |\n"));
    }

    private static String defaultOf(ConfigKey key) {
        if (!key.hasDefault()) return "*required*";
        if (key.defaultValue == null) return "none";
        Object shown = key.defaultValue instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : ConfigDef.convertToString(key.defaultValue, key.type);
        return shown.toString().isEmpty() ? "empty" : "`" + shown + "`";
    }

    private static String cell(String text) {
        return text.replaceAll("\\s+", " ").replace("|", "\\|");
    }
}
