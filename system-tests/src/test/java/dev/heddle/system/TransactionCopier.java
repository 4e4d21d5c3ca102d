package dev.heddle.system;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Copies one partition of the source to every partition of the target, some records per transaction, and commits in the
 * same transaction how far it is. It aborts, dies and is replaced at random. A thread of its own.
 */
final class TransactionCopier {

    private static final String GROUP = "copiers";
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Map<String, String> SETTINGS = Map.of(
            "transaction.timeout.ms", "10000",
            "max.block.ms", "20000",
            "request.timeout.ms", "5000",
            "delivery.timeout.ms", "20000",
            "retry.backoff.ms", "20",
            "reconnect.backoff.max.ms", "200",
            "linger.ms", "0");

    private final String bootstrap;
    private final int number;
    private final Random random;
    private final TransactionSource source;
    private final TopicPartition from;
    private final Thread thread;

    private int commits;
    private int aborts;
    private int crashes;
    private int fencings;
    private volatile Throwable failure;

    TransactionCopier(String bootstrap, int number, long seed, TransactionSource source) {
        this.bootstrap = bootstrap;
        this.number = number;
        this.random = new Random(seed);
        this.source = source;
        this.from = new TopicPartition(TransactionCheckIT.SOURCE, number);
        this.thread = Thread.ofPlatform().name("copier-" + number).unstarted(this::run);
    }

    void begin() {
        thread.start();
    }

    private void run() {
        try {
            while (!live()) crashes++;
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** One life; true if there is nothing left to do. */
    private boolean live() {
        var clients = new Clients(bootstrap);
        KafkaProducer<String, String> producer = producer(clients);
        try {
            producer.initTransactions();
            KafkaConsumer<String, String> consumer =
                    clients.consumer(Map.of("group.id", GROUP, "enable.auto.commit", "false"));
            consumer.assign(List.of(from));
            resume(consumer);
            while (true) {
                List<ConsumerRecord<String, String>> batch = take(consumer);
                if (batch.isEmpty() && source.isFinished() && isAtEnd(consumer)) return true;
                if (!batch.isEmpty() && !copy(clients, producer, consumer, batch)) return false;
            }
        } catch (KafkaException e) {
            return false;
        } finally {
            producer.close(Duration.ZERO);
            clients.close();
        }
    }

    private KafkaProducer<String, String> producer(Clients clients) {
        var settings = new HashMap<String, Object>(SETTINGS);
        settings.put("transactional.id", "copier-" + number);
        return clients.lastingProducer(settings);
    }

    private void resume(KafkaConsumer<String, String> consumer) {
        OffsetAndMetadata committed = consumer.committed(Set.of(from)).get(from);
        consumer.seek(from, committed == null ? 0 : committed.offset());
    }

    private List<ConsumerRecord<String, String>> take(KafkaConsumer<String, String> consumer) {
        List<ConsumerRecord<String, String>> polled = consumer.poll(POLL).records(from);
        int some = Math.min(polled.size(), 1 + random.nextInt(30));
        List<ConsumerRecord<String, String>> batch = new ArrayList<>(polled.subList(0, some));
        if (some < polled.size()) consumer.seek(from, polled.get(some).offset());
        return batch;
    }

    private boolean isAtEnd(KafkaConsumer<String, String> consumer) {
        return consumer.position(from) >= source.count(number);
    }

    /** One transaction; false if the producer has come to its end. */
    private boolean copy(
            Clients clients,
            KafkaProducer<String, String> producer,
            KafkaConsumer<String, String> consumer,
            List<ConsumerRecord<String, String>> batch) {
        int dice = random.nextInt(100);
        producer.beginTransaction();
        for (ConsumerRecord<String, String> record : batch) {
            for (int target = 0; target < TransactionCheckIT.TARGETS; target++) {
                producer.send(new ProducerRecord<>(TransactionCheckIT.TARGET, target, "" + number, record.value()));
            }
        }
        if (dice < 5) return false;
        if (dice < 8) return letAnotherFence(clients, producer);
        long next = batch.getLast().offset() + 1;
        producer.sendOffsetsToTransaction(Map.of(from, new OffsetAndMetadata(next)), consumer.groupMetadata());
        if (dice < 12) return false;
        if (dice < 25) {
            producer.abortTransaction();
            aborts++;
            resume(consumer);
            return true;
        }
        producer.commitTransaction();
        commits++;
        return true;
    }

    /** Its successor is there before it has ended: it must not get anything in any more. */
    private boolean letAnotherFence(Clients clients, KafkaProducer<String, String> zombie) {
        fencings++;
        try (KafkaProducer<String, String> successor = producer(clients)) {
            successor.initTransactions();
        }
        try {
            zombie.send(new ProducerRecord<>(TransactionCheckIT.TARGET, 0, "" + number, "of a zombie"));
            zombie.commitTransaction();
        } catch (KafkaException expected) {
            return false;
        }
        throw new AssertionError("a producer that was fenced has committed");
    }

    void finish(String run) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(180));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (thread.isAlive() || failure != null) throw new AssertionError(this + " " + run, failure);
    }

    @Override
    public String toString() {
        return "copier " + number + ": commits=" + commits + " aborts=" + aborts + " lives=" + (crashes + 1)
                + " fencings=" + fencings;
    }
}
