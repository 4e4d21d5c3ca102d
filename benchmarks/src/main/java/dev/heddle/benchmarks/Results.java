package dev.heddle.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A whole run: every figure of every round, as it is kept in a file. Immutable. */
record Results(Environment environment, List<ScenarioResult> scenarios) {

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    Optional<ScenarioResult> scenario(String name) {
        return scenarios.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    /** Whether it was measured in any scenario. */
    boolean hasKafka() {
        return scenarios.stream().anyMatch(ScenarioResult::hasKafka);
    }

    static Results read(Path file) throws IOException {
        return JSON.readValue(file.toFile(), Results.class);
    }

    void write(Path file) throws IOException {
        if (file.toAbsolutePath().getParent() != null)
            Files.createDirectories(file.toAbsolutePath().getParent());
        JSON.writeValue(file.toFile(), this);
    }
}
