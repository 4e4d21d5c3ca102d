package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {

    @TempDir
    Path directory;

    private Path file(String... lines) throws IOException {
        return Files.write(directory.resolve("server.properties"), java.util.List.of(lines));
    }

    private static Map<String, String> assemble(
            @Nullable Path file, Map<String, String> overrides, @Nullable String data, @Nullable Integer port) {
        return ConfigFile.assemble(new LaunchOptions(file, overrides, data, port, null));
    }

    @Test
    void withoutAFileTheBrokerStaysOnThisMachineAndInThisDirectory() {
        assertEquals(
                Map.of("listeners", "PLAINTEXT://localhost:9092", "log.dirs", "./data"),
                ConfigFile.assemble(LaunchOptions.NONE));
    }

    @Test
    void withAFileKafkasDefaultsHold() throws IOException {
        assertEquals(Map.of("node.id", "4"), assemble(file("node.id = 4 ", "# a comment"), Map.of(), null, null));
    }

    @Test
    void overridesWinOverTheFileAndFlagsOverBoth() throws IOException {
        var keys = assemble(
                file("node.id=4", "log.dirs=/a", "log.dir=/b", "metadata.log.dir=/c", "num.partitions=2"),
                Map.of("node.id", "5", "log.dirs", "/d"),
                "/e",
                null);
        assertEquals(Map.of("node.id", "5", "log.dirs", "/e", "num.partitions", "2"), keys);
    }

    @Test
    void thePortReplacesThatOfTheOneListener() throws IOException {
        assertEquals(
                "PLAINTEXT://localhost:7", assemble(null, Map.of(), null, 7).get("listeners"));
        assertEquals(
                "PLAINTEXT://:7", assemble(file("node.id=1"), Map.of(), null, 7).get("listeners"));
        assertEquals(
                "PLAINTEXT://[::1]:7",
                assemble(null, Map.of("listeners", "PLAINTEXT://[::1]:9092"), null, 7)
                        .get("listeners"));
    }

    @Test
    void theControllersListenerDoesNotCount() throws IOException {
        Path file = file("listeners=PLAINTEXT://:9092,CONTROLLER://:9093", "controller.listener.names=CONTROLLER");
        assertEquals("PLAINTEXT://:7", assemble(file, Map.of(), null, 7).get("listeners"));
    }

    @Test
    void thePortHasNowhereToGoAmongSeveralListeners() {
        var overrides = Map.of("listeners", "A://:1,B://:2");
        var failure = assertThrows(StopBrokerException.class, () -> assemble(null, overrides, null, 7));
        assertTrue(failure.getMessage().contains("listeners=A://:1,B://:2"), failure.getMessage());
    }

    @Test
    void aMissingFileIsNamed() {
        Path missing = directory.resolve("none.properties");
        var failure = assertThrows(StopBrokerException.class, () -> assemble(missing, Map.of(), null, null));
        assertEquals("--config " + missing + ": there is no such file", failure.getMessage());
    }

    @Test
    void aFileThatIsNoPropertiesFileIsNamed() throws IOException {
        Path garbage = Files.write(directory.resolve("garbage"), new byte[] {(byte) 0xc3, 0x28});
        var failure = assertThrows(StopBrokerException.class, () -> assemble(garbage, Map.of(), null, null));
        assertTrue(failure.getMessage().startsWith("--config " + garbage + " cannot be read"), failure.getMessage());
        assertEquals(1, failure.getMessage().lines().count());
    }
}
