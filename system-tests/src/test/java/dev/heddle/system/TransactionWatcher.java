package dev.heddle.system;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads what is committed while it is being written, and compares as it goes. A thread of its own. */
final class TransactionWatcher {

    /** How far every copier's records have been seen in one partition. */
    static final class Seen {

        private final int[] next = new int[TransactionCheckIT.COPIERS];
        private final String run;

        Seen(String run) {
            this.run = run;
        }

        void add(ConsumerRecord<String, String> record) {
            int copier = Integer.parseInt(record.key());
            String expected = "" + next[copier]++;
            if (!expected.equals(record.value())) {
                throw new AssertionError("copier " + copier + ": expected " + expected + " and not " + record.value()
                        + " at offset " + record.offset() + " of " + record.topic() + "-" + record.partition() + " "
                        + run);
            }
        }

        boolean isComplete(TransactionSource source) {
            return IntStream.range(0, next.length).allMatch(copier -> next[copier] == source.count(copier));
        }

        void assertComplete(TransactionSource source) {
            for (int copier = 0; copier < next.length; copier++) {
                if (next[copier] != source.count(copier)) {
                    throw new AssertionError("copier " + copier + ": " + next[copier] + " of " + source.count(copier)
                            + " records " + run);
                }
            }
        }
    }

    private final String bootstrap;
    private final Thread thread = Thread.ofPlatform().name("watcher").unstarted(this::run);
    private final List<Seen> seen = List.of(new Seen("as it was seen first"), new Seen("as it was seen first"));

    /** Everything is written that there will be; null before. */
    private volatile TransactionSource complete;

    private volatile Throwable failure;

    TransactionWatcher(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    void begin() {
        thread.start();
    }

    private void run() {
        try (var clients = new Clients(bootstrap)) {
            KafkaConsumer<String, String> consumer = clients.consumer(Map.of("isolation.level", "read_committed"));
            consumer.assign(IntStream.range(0, TransactionCheckIT.TARGETS)
                    .mapToObj(target -> new TopicPartition(TransactionCheckIT.TARGET, target))
                    .toList());
            while (!isComplete()) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> seen.get(record.partition()).add(record));
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private boolean isComplete() {
        TransactionSource source = complete;
        return source != null && seen.stream().allMatch(each -> each.isComplete(source));
    }

    void finish(String run, TransactionSource source) {
        complete = source;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(60));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (thread.isAlive() || failure != null) throw new AssertionError(run, failure);
    }
}
