package dev.heddle.system;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/** One of the two brokers that are compared, and what a script has learned there. One thread uses it. */
final class DifferentialSide implements AutoCloseable {

    private static final int ATTEMPTS = 500;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;
    private final Clients clients;
    private final RawConnection connection;
    private final int port;
    private final Map<String, List<Object>> learned = new HashMap<>();
    private final Map<Object, Integer> numbers = new HashMap<>();

    DifferentialSide(String name, String bootstrap, int port) {
        this.name = name;
        clients = new Clients(bootstrap);
        connection = new RawConnection(port);
        this.port = port;
    }

    Clients clients() {
        return clients;
    }

    RawConnection connection() {
        return connection;
    }

    int port() {
        return port;
    }

    /** Waits until the broker has said who coordinates the key. */
    void awaitCoordinator(byte type, String key) {
        var request = new FindCoordinatorRequestData().setKeyType(type).setCoordinatorKeys(List.of(key));
        settled(
                () -> this.<FindCoordinatorResponse>ask(ApiKeys.FIND_COORDINATOR, 4, request)
                        .data()
                        .coordinators()
                        .getFirst()
                        .errorCode(),
                error -> error != Errors.NONE.code());
    }

    <T extends AbstractResponse> T ask(ApiKeys api, int version, ApiMessage request) {
        return connection.ask(api, (short) version, request);
    }

    /** Asks again, as clients do, while the answer is one that only says "not yet". */
    <T> T settled(Supplier<T> question, Predicate<T> notYet) {
        for (int i = 0; i < ATTEMPTS; i++) {
            T answer = question.get();
            if (!notYet.test(answer)) return answer;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new AssertionError(name + " has not settled");
    }

    /** Things of one kind that the broker has given out, in order. */
    @SuppressWarnings("unchecked")
    <T> List<T> learned(String kind) {
        return (List<T>) learned.computeIfAbsent(kind, each -> new ArrayList<>());
    }

    /** A number that stands for something which differs from broker to broker. */
    int numberOf(Object value) {
        return numbers.computeIfAbsent(value, each -> numbers.size());
    }

    @Override
    public void close() {
        connection.close();
        clients.close();
    }
}
