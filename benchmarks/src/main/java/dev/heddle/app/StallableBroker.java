package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A broker in a process of its own, one of whose log directories can be made to hang: {@code stall <directory>} and
 * {@code release} on its standard input; it ends with the input. Arguments are {@code key=value}. It prints {@code ready
 * <port>}.
 */
public final class StallableBroker {

    private final StallingFiles files = new StallingFiles();

    private StallableBroker() {}

    public static void main(String[] args) throws IOException {
        new StallableBroker().run(args);
    }

    private void run(String... args) throws IOException {
        Map<String, String> keys = new LinkedHashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            keys.put(arg.substring(0, equals), arg.substring(equals + 1));
        }
        HeddleConfig config = HeddleConfig.of(keys);
        Carriers.provideFor(config);
        try (var broker = new BrokerServer(config, Time.SYSTEM, StallableBroker::broken, files.calls());
                var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            broker.startup();
            System.out.println("ready " + broker.mainPort());
            for (String command = commands.readLine(); command != null; command = commands.readLine()) obey(command);
            files.release();
        }
    }

    private void obey(String command) {
        if (command.equals("release")) files.release();
        else if (command.startsWith("stall ")) files.stall(Path.of(command.substring("stall ".length())));
        else throw new IllegalArgumentException(command);
        System.out.println("done");
    }

    private static void broken(StopBrokerException failure) {
        throw new IllegalStateException(failure);
    }
}
