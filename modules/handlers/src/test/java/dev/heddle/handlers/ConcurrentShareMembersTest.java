package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Threads;
import dev.heddle.coordinator.delivery.Acknowledgement;
import dev.heddle.coordinator.delivery.Delivery;
import dev.heddle.coordinator.delivery.SharePartition;
import dev.heddle.coordinator.delivery.ShareReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many members at the same records: each record is one member's at a time, and accepted once. */
@Timeout(60)
class ConcurrentShareMembersTest {

    private static final int RECORDS = 4_000;
    private static final int MEMBERS = 8;

    @TempDir
    Path directory;

    private final AtomicIntegerArray holders = new AtomicIntegerArray(RECORDS);
    private final AtomicIntegerArray accepted = new AtomicIntegerArray(RECORDS);
    private final AtomicInteger left = new AtomicInteger(RECORDS);
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @Test
    void shareRecordsWithoutLosingOrDoublingAny() throws Exception {
        try (var rig = new ShareRig(directory)) {
            rig.configure(ShareRig.GROUP, "share.delivery.count.limit", "10");
            Uuid id = rig.broker.createTopic("jobs", 1);
            TopicIdPartition topic = ShareRig.at(id, "jobs", 0);
            String[] values = new String[20];
            Arrays.fill(values, "x");
            for (int i = 0; i < RECORDS / values.length; i++) rig.broker.append("jobs", 0, values);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < MEMBERS; i++) {
                int number = i;
                threads.add(Threads.platform("member-" + i, () -> work(rig, topic, number)));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) thread.join();
            assertEquals(List.of(), List.copyOf(failures));
            for (int i = 0; i < RECORDS; i++) assertEquals(1, accepted.get(i), "record " + i);
            assertEquals(RECORDS, rig.partitions.open(ShareRig.GROUP, topic).startOffset());
        }
    }

    private void work(ShareRig rig, TopicIdPartition topic, int number) {
        try {
            var random = new Random(number);
            while (left.get() > 0) turn(rig, topic, number, random);
        } catch (RuntimeException | Error e) {
            failures.add(e);
            left.set(0);
        }
    }

    private void turn(ShareRig rig, TopicIdPartition topic, int number, Random random) {
        var reader = new ShareReader("member-" + number, random.nextBoolean(), 1 + random.nextInt(50));
        SharePartition share = rig.partitions.open(ShareRig.GROUP, topic);
        Delivery delivery = share.acquire(reader, 20_000, 1 + random.nextInt(100), true);
        for (AcquiredRecords records : delivery.acquired()) {
            for (long offset = records.firstOffset(); offset <= records.lastOffset(); offset++) {
                int before = holders.getAndSet((int) offset, number + 1);
                if (before != 0) throw new AssertionError(offset + " is still member " + (before - 1) + "'s");
            }
        }
        for (AcquiredRecords records : delivery.acquired()) {
            long middle =
                    records.firstOffset() + random.nextInt((int) (records.lastOffset() - records.firstOffset()) + 1);
            boolean again = random.nextInt(4) == 0 && records.deliveryCount() < 5;
            say(rig, topic, number, records.firstOffset(), middle, Acknowledgement.ACCEPT);
            if (middle < records.lastOffset())
                say(
                        rig,
                        topic,
                        number,
                        middle + 1,
                        records.lastOffset(),
                        again ? Acknowledgement.RELEASE : Acknowledgement.ACCEPT);
        }
    }

    private void say(ShareRig rig, TopicIdPartition topic, int number, long first, long last, byte type) {
        for (long offset = first; offset <= last; offset++) {
            holders.set((int) offset, 0);
            if (type != Acknowledgement.ACCEPT) continue;
            accepted.incrementAndGet((int) offset);
            left.decrementAndGet();
        }
        Map<TopicIdPartition, AnswerException> refused = rig.partitions.acknowledge(
                ShareRig.GROUP,
                "member-" + number,
                Map.of(topic, List.of(new Acknowledgement(first, last, List.of(type)))));
        refused.forEach((at, why) -> assertEquals(Errors.NONE, why.error()));
    }
}
