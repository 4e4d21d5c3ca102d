package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.contents;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.HeddleException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A partition is moved, and after each of its changes on a disk everything, or one of the disks, stops. */
@Timeout(120)
class LogReplacementCrashTest {

    private static final List<String> ACKNOWLEDGED = List.of("0=a", "1=b", "2=c");

    @TempDir
    Path root;

    /** The real file system, of which one part stops changing after a while. */
    private static final class Breaking {

        private final Path part;
        private int changesLeft = Integer.MAX_VALUE;

        Breaking(Path part) {
            this.part = part;
        }

        FileSystemCalls files() {
            return (FileSystemCalls) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {FileSystemCalls.class}, (proxy, method, arguments) -> {
                        boolean within = arguments != null
                                && Arrays.stream(arguments)
                                        .anyMatch(it -> it instanceof Path path && path.startsWith(part));
                        if (within && changes(method.getName(), arguments) && --changesLeft < 0) {
                            throw new IOException("Input/output error");
                        }
                        try {
                            return method.invoke(FileSystemCalls.REAL, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private static boolean changes(String method, Object[] arguments) {
            return switch (method) {
                case "rename", "syncDirectory", "deleteIfExists", "createDirectories" -> true;
                case "open" -> Arrays.asList((Object[]) arguments[1]).contains(StandardOpenOption.WRITE);
                default -> false;
            };
        }

        boolean isBroken() {
            return changesLeft < 0;
        }
    }

    private TwoDirectories fresh(int round, FileSystemCalls files) {
        var logs = new TwoDirectories(root.resolve("round-" + round)).start(files, Map.of());
        append(logs.create(), "a", "b", "c");
        logs.current().flush();
        return logs;
    }

    private Path disk(int round, String name) {
        return root.resolve("round-" + round).resolve(name).toAbsolutePath();
    }

    @Test
    void aCrashLosesAndDoublesNothing() {
        boolean broke = true;
        for (int round = 0; broke; round++) {
            var breaking = new Breaking(root.toAbsolutePath());
            var logs = fresh(round, breaking.files());
            breaking.changesLeft = round;
            moveAsFarAsPossible(logs);
            broke = breaking.isBroken();
            logs.kill();
            logs.start();
            assertEquals(ACKNOWLEDGED, contents(logs.current()), "round " + round);
            append(logs.current(), "d");
            finish(logs);
            assertEquals(4, contents(logs.current()).size(), "round " + round);
            logs.close();
            assertTrue(round < 200);
        }
    }

    /** What was begun is brought to its end, or begun again. */
    private static void finish(TwoDirectories logs) {
        if (logs.place().equals("b")) return;
        if (logs.manager.futures().get(TwoDirectories.ORDERS) == null) logs.createFuture("b");
        logs.copy();
        logs.replace();
        assertEquals("b", logs.place());
    }

    private static boolean moveAsFarAsPossible(TwoDirectories logs) {
        try {
            logs.move("b");
            return true;
        } catch (HeddleException e) {
            return false;
        }
    }

    /** Appends one more record, and brings it to the disk. */
    private static boolean goesOn(TwoDirectories logs) {
        PartitionLog log = logs.manager.log(TwoDirectories.ORDERS);
        if (log == null) return false;
        try {
            append(log, "d");
            log.flush();
            return true;
        } catch (HeddleException e) {
            return false;
        }
    }

    /** The disk comes back with the next start, with all that it had; the other one has gone on meanwhile. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void aDiskThatFailsTakesNothingWithIt(String failing) {
        boolean broke = true;
        for (int round = 0; broke; round++) {
            var breaking = new Breaking(disk(round, failing));
            var logs = fresh(round, breaking.files());
            breaking.changesLeft = round;
            moveAsFarAsPossible(logs);
            broke = breaking.isBroken();
            boolean goesOn = goesOn(logs);
            // Then nothing is left that could go on.
            assertTrue(goesOn || failing.equals("a") || !logs.names("a").contains("orders-0"), "round " + round);
            logs.kill();
            logs.start();
            List<String> expected = goesOn ? List.of("0=a", "1=b", "2=c", "3=d") : ACKNOWLEDGED;
            assertEquals(expected, contents(logs.current()).subList(0, expected.size()), "round " + round);
            finish(logs);
            assertEquals(expected, contents(logs.current()).subList(0, expected.size()), "round " + round);
            logs.close();
            assertTrue(round < 200);
        }
    }
}
