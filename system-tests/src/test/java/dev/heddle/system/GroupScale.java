package dev.heddle.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/**
 * How long heartbeats take, and how much memory members, when there are many: {@code GroupScale GROUPS MEMBERS SECONDS}
 * starts a broker, lets so many members join each of so many groups, waits until all have what they are to have, and then
 * sends the heartbeats of all, every five seconds each.
 */
final class GroupScale {

    private static final int CONNECTIONS = 8;
    private static final int INTERVAL_MS = 5_000;
    private static final String TOPIC = "scale";

    private GroupScale() {}

    public static void main(String[] arguments) throws Exception {
        int groups = Integer.parseInt(arguments[0]);
        int members = Integer.parseInt(arguments[1]);
        int seconds = Integer.parseInt(arguments[2]);
        Path data = AgainstABroker.newDirectory("data");
        try (var broker = BrokerProcess.start(data, "virtual");
                var clients = new Clients(broker.bootstrap())) {
            clients.createTopic(TOPIC, Math.max(members, 1), Map.of());
            awaitCoordinator(broker.port());
            long before = usedBytes(broker.pid());
            List<Driver> drivers = drivers(broker.port(), groups, members);
            try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
                long start = System.nanoTime();
                all(threads, drivers, Driver::join);
                while (!all(threads, drivers, Driver::round).stream().allMatch(settled -> settled)) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                }
                System.out.printf(
                        "groups=%d members=%d settled after %.1f s%n",
                        groups, members, (System.nanoTime() - start) / 1e9);
                long after = usedBytes(broker.pid());
                System.out.printf(
                        "heap: %d bytes a member (%d MB in all)%n",
                        (after - before) / ((long) groups * members), (after - before) >> 20);
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
                drivers.forEach(driver -> driver.latencies.clear());
                all(threads, drivers, driver -> driver.paced(end));
            }
            report(drivers);
        } finally {
            AgainstABroker.deleteRecursively(data);
        }
    }

    private static void awaitCoordinator(int port) {
        try (var connection = new RawConnection(port)) {
            var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of("any"));
            Await.that(
                    () -> {
                        FindCoordinatorResponse answer = connection.ask(ApiKeys.FIND_COORDINATOR, (short) 4, find);
                        return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                    },
                    "there is a coordinator");
        }
    }

    private static List<Driver> drivers(int port, int groups, int members) {
        List<Driver> drivers = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) drivers.add(new Driver(new RawConnection(port)));
        int next = 0;
        for (int group = 0; group < groups; group++) {
            for (int member = 0; member < members; member++) {
                drivers.get(next++ % CONNECTIONS).members.add(new Member("group-" + group, "member-" + member));
            }
        }
        return drivers;
    }

    private static <T> List<T> all(ExecutorService threads, List<Driver> drivers, Task<T> task) throws Exception {
        List<Callable<T>> calls = new ArrayList<>();
        for (Driver driver : drivers) calls.add(() -> task.run(driver));
        List<T> results = new ArrayList<>();
        for (Future<T> future : threads.invokeAll(calls)) results.add(future.get());
        return results;
    }

    private interface Task<T> {
        T run(Driver driver);
    }

    private static void report(List<Driver> drivers) {
        long[] all = drivers.stream()
                .flatMap(driver -> driver.latencies.stream())
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        System.out.printf(
                "heartbeats=%d p50=%.2f ms p99=%.2f ms p99.9=%.2f ms max=%.2f ms%n",
                all.length,
                at(all, 0.5),
                at(all, 0.99),
                at(all, 0.999),
                Arrays.stream(all).max().orElse(0) / 1e6);
    }

    private static double at(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1, sorted.length * quantile)] / 1e6;
    }

    /** What lives on the broker's heap, after a collection. */
    private static long usedBytes(long pid) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.exists(jcmd)) return 0;
        String histogram = Tool.run("", jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                .succeeded();
        String total = histogram
                .lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(total.trim().split("\\s+")[2]);
    }

    private static final class Member {
        private final String group;
        private final String id;
        private int epoch;
        private List<TopicPartitions> has = List.of();

        Member(String group, String id) {
            this.group = group;
            this.id = id;
        }
    }

    /** Some of the members, on one connection and one thread. */
    private static final class Driver {
        private final RawConnection connection;
        private final List<Member> members = new ArrayList<>();
        private final List<Long> latencies = new ArrayList<>();

        Driver(RawConnection connection) {
            this.connection = connection;
        }

        boolean join() {
            for (Member member : members) {
                send(
                        member,
                        new ConsumerGroupHeartbeatRequestData()
                                .setRebalanceTimeoutMs(300_000)
                                .setSubscribedTopicNames(List.of(TOPIC))
                                .setTopicPartitions(List.of()));
            }
            return true;
        }

        /** A heartbeat of each member; tells whether nothing has changed. */
        boolean round() {
            boolean settled = true;
            for (Member member : members) {
                int epoch = member.epoch;
                boolean changed = send(member, new ConsumerGroupHeartbeatRequestData().setTopicPartitions(member.has));
                settled &= !changed && epoch == member.epoch && !member.has.isEmpty();
            }
            return settled;
        }

        boolean paced(long endNanos) {
            long stepNanos = TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS) / members.size();
            long next = System.nanoTime();
            for (int i = 0; System.nanoTime() < endNanos; i++) {
                Member member = members.get(i % members.size());
                long start = System.nanoTime();
                send(member, new ConsumerGroupHeartbeatRequestData());
                latencies.add(System.nanoTime() - start);
                next += stepNanos;
                LockSupport.parkNanos(next - System.nanoTime());
            }
            return true;
        }

        /** @return whether its partitions have changed */
        private boolean send(Member member, ConsumerGroupHeartbeatRequestData request) {
            ConsumerGroupHeartbeatResponse response = connection.ask(
                    ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                    (short) 1,
                    request.setGroupId(member.group).setMemberId(member.id).setMemberEpoch(member.epoch));
            var data = response.data();
            if (data.errorCode() != 0) throw new AssertionError(Errors.forCode(data.errorCode()));
            member.epoch = data.memberEpoch();
            if (data.assignment() == null) return false;
            member.has = data.assignment().topicPartitions().stream()
                    .map(topic ->
                            new TopicPartitions().setTopicId(topic.topicId()).setPartitions(topic.partitions()))
                    .toList();
            return true;
        }
    }
}
