package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.app.CommandLineInterface.Command;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineInterfaceTest {

    private static LaunchOptions run(String... args) {
        return assertInstanceOf(Command.Run.class, CommandLineInterface.parse(args))
                .options();
    }

    @Test
    void noFlagsRunABrokerOnDefaults() {
        assertEquals(LaunchOptions.NONE, run());
    }

    @Test
    void everyFlagIsUnderstoodWithAndWithoutAnEqualsSign() {
        var options = run(
                "--config", "a.properties", "--override", "a=b", "--data=d", "--port=1", "--handler-strategy=inline");
        assertEquals(Path.of("a.properties"), options.configFile());
        assertEquals(Map.of("a", "b"), options.overrides());
        assertEquals("d", options.data());
        assertEquals(1, options.port());
        assertEquals("inline", options.handlerStrategy());
    }

    @Test
    void overridesRepeatAndMayContainEqualsSignsAndNothing() {
        var options = run("--override", "a=b=c", "--override=x=", "--override", "y = 1");
        assertEquals(Map.of("a", "b=c", "x", "", "y", "1"), options.overrides());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--prot",
                "--port",
                "--port=x",
                "--port=70000",
                "--port=-1",
                "--override=novalue",
                "--override==x",
                "stray",
                "--config"
            })
    void aWrongFlagIsRefusedInOneLine(String argument) {
        var refusal = assertInstanceOf(Command.Refuse.class, CommandLineInterface.parse(argument));
        assertEquals(1, refusal.message().lines().count());
        assertTrue(refusal.message().contains("--help"), refusal.message());
    }

    @ParameterizedTest
    @CsvSource({"--port=70000,65535", "--override=novalue,key=value"})
    void aRefusalSaysWhatIsAllowed(String argument, String allowed) {
        var refusal = assertInstanceOf(Command.Refuse.class, CommandLineInterface.parse(argument));
        assertTrue(refusal.message().contains(allowed), refusal.message());
    }

    @Test
    void helpNamesEveryFlagAndVariable() {
        var help = assertInstanceOf(Command.Print.class, CommandLineInterface.parse("--help"))
                .text();
        for (String word : new String[] {
            "--config",
            "--override",
            "--data",
            "--port",
            "--handler-strategy",
            "--version",
            "HEDDLE_JVM_OPTS",
            "HEDDLE_CLASSPATH"
        }) {
            assertTrue(help.contains(word), word);
        }
        assertTrue(!help.contains("--rehearse"), "an internal flag is not shown");
    }

    @Test
    void versionNamesHeddleKafkaAndJava() {
        var version = assertInstanceOf(Command.Print.class, CommandLineInterface.parse("--version"))
                .text();
        assertTrue(
                version.matches("Heddle \\d+\\.\\d+\\.\\d+\\S* \\(as Apache Kafka 4\\.\\d+\\.\\d+\\), Java \\S+\\R"),
                version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--config", "--data", "--port", "--handler-strategy"})
    void aFlagThatSetsOneThingIsGivenOnce(String flag) {
        assertInstanceOf(Command.Refuse.class, CommandLineInterface.parse(flag, "1", flag, "2"));
    }

    @Test
    void noFlagIsAbbreviated() {
        assertInstanceOf(Command.Refuse.class, CommandLineInterface.parse("--por", "1"));
    }

    @Test
    void whatIsNotGivenIsNull() {
        var options = run("--port", "0");
        assertNull(options.configFile());
        assertNull(options.data());
        assertNotNull(options.port());
    }
}
