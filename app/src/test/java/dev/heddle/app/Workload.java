package dev.heddle.app;

import dev.heddle.app.PartitionLedger.Batch;
import dev.heddle.app.PartitionLedger.Outcome;
import dev.heddle.app.PartitionLedger.Producer;
import dev.heddle.app.PartitionLedger.Transaction;
import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendResult;
import dev.heddle.log.AppendTerms;
import dev.heddle.log.PartitionLog;
import dev.heddle.log.TransactionStart;
import dev.heddle.replication.Partition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * One client of a broker, which does what its seed says and writes into the ledger what it asked for and what it was
 * promised. One thread uses it, several may run beside each other.
 */
final class Workload {

    private static final short ACKS_ALL = -1;
    private static final short ACKS_LEADER = 1;
    private static final int MAX_TOPICS = 5;
    private static final short EPOCH = 0;

    /** What of a step may fail. */
    interface Tolerance {
        /** Nothing may. */
        Tolerance NONE = (target, failure) -> false;

        /** Whether a step that has to do with this partition may fail so. */
        boolean allows(PartitionLedger target, HeddleException failure);
    }

    private final int number;
    private final Random random;
    private final Tolerance tolerance;
    private final SmallBroker broker;
    private final Ledger ledger;
    private final Administration administration;
    private final Waiter waiter = new Waiter(Time.SYSTEM);

    /** Mine that are open, by partition. */
    private final Map<PartitionLedger, OpenTransaction> transactions = new HashMap<>();

    /** Null where nothing is asked of the coordinator. */
    private @Nullable CoordinatedTransactions coordinated;

    private long timestampMs = System.currentTimeMillis();

    private static final class OpenTransaction {
        final Transaction transaction;
        int nextSequence;

        OpenTransaction(Transaction transaction) {
            this.transaction = transaction;
        }
    }

    Workload(int number, long seed, SmallBroker broker, Ledger ledger) {
        this(number, seed, broker, ledger, Tolerance.NONE);
    }

    Workload(int number, long seed, SmallBroker broker, Ledger ledger, Tolerance tolerance) {
        this.number = number;
        this.random = new Random(seed);
        this.tolerance = tolerance;
        this.broker = broker;
        this.ledger = ledger;
        this.administration = new Administration(broker, ledger);
    }

    /** Transactions go through the coordinator, too. */
    Workload withCoordinator() {
        coordinated = new CoordinatedTransactions(number, broker, ledger);
        return this;
    }

    /** Does so many things. */
    void run(int steps) {
        for (int i = 0; i < steps; i++) step();
    }

    private void step() {
        List<PartitionLedger> all = ledger.partitions();
        int dice = random.nextInt(100);
        if (all.isEmpty() || dice < 4) {
            createOrDeleteTopic();
            return;
        }
        PartitionLedger target = all.get(random.nextInt(all.size()));
        try {
            if (dice < 75) produce(target, dice);
            else if (dice < 88) maintain(target, dice);
            else coordinate(target, dice);
        } catch (HeddleException e) {
            if (!isOfMissingTopic(target, e) && !tolerance.allows(target, e)) throw e;
        }
    }

    /** Another client may have deleted the topic. */
    private boolean isOfMissingTopic(PartitionLedger target, HeddleException failure) {
        return ledger.topics.get(target.partition.topic()).existence != Ledger.Existence.EXISTS
                && failure instanceof AnswerException answer
                && (answer.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION
                        || answer.error() == Errors.NOT_LEADER_OR_FOLLOWER);
    }

    private void createOrDeleteTopic() {
        if (ledger.existing().size() < MAX_TOPICS || random.nextInt(3) > 0) {
            if (ledger.possibleNames().size() <= MAX_TOPICS) {
                TopicKind kind = TopicKind.values()[random.nextInt(TopicKind.values().length)];
                administration.createTopic(kind, random.nextInt(1, 3));
            }
            return;
        }
        List<Ledger.Topic> existing = ledger.existing();
        administration.deleteTopic(existing.get(random.nextInt(existing.size())));
    }

    // ---- records ----

    private void produce(PartitionLedger target, int dice) {
        timestampMs += random.nextInt(400);
        if (target.kind == TopicKind.KEPT && dice < 30) sendInFlight(target);
        else if (target.kind == TopicKind.KEPT && dice < 50) transact(target);
        else if (dice < 62) append(target, ACKS_ALL);
        else append(target, ACKS_LEADER);
    }

    /** Something that every client can do, now. */
    void appendDurably(PartitionLedger target) {
        append(target, ACKS_ALL);
    }

    private void append(PartitionLedger target, short acks) {
        List<SentRecord> records = newRecords(target, null);
        Partition partition = partition(target);
        AppendResult result =
                partition.append(MemoryRecords.withRecords(compression(), simple(records)), AppendOrigin.CLIENT, acks);
        target.placed(result.firstOffset(), records);
        if (acks == ACKS_ALL) await(target, partition, result.endOffset());
    }

    private Partition partition(PartitionLedger target) {
        Partition partition = broker.parts.replicas.partition(target.partition);
        target.log = partition.log();
        return partition;
    }

    private List<SentRecord> newRecords(PartitionLedger target, Transaction transaction) {
        var records = new ArrayList<SentRecord>();
        for (int i = random.nextInt(1, 9); i > 0; i--) records.add(ledger.newRecord());
        target.sent(records, transaction);
        return records;
    }

    private SimpleRecord[] simple(List<SentRecord> records) {
        return simple(records, timestampMs);
    }

    private static SimpleRecord[] simple(List<SentRecord> records, long timestampMs) {
        return records.stream().map(record -> record.toRecord(timestampMs)).toArray(SimpleRecord[]::new);
    }

    private Compression compression() {
        CompressionType[] types = CompressionType.values();
        CompressionType type = random.nextInt(3) > 0 ? CompressionType.NONE : types[random.nextInt(types.length)];
        return Compression.of(type).build();
    }

    private void await(PartitionLedger target, Partition partition, long endOffset) {
        if (!partition.awaitCommitted(endOffset, waiter, SmallBroker.deadline())) {
            throw new AssertionError(target.partition + " does not commit " + endOffset);
        }
        target.committed(endOffset);
    }

    /** Several batches of an idempotent producer, none of which waits for the one before. */
    private void sendInFlight(PartitionLedger target) {
        Producer producer = myProducer(target);
        if (producer.hasUnacknowledged()) resend(target, producer);
        Partition partition = partition(target);
        var inFlight = new ArrayList<Batch>();
        long end = 0;
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            List<SentRecord> records = newRecords(target, null);
            var batch = new Batch(producer.nextSequence, records, timestampMs);
            producer.nextSequence += records.size();
            producer.batches.add(batch);
            inFlight.add(batch);
            AppendResult result = send(partition, producer, batch);
            if (result.duplicate()) throw new AssertionError("no duplicate: sequence=" + batch.baseSequence);
            target.placed(result.firstOffset(), records);
            end = result.endOffset();
        }
        await(target, partition, end);
        for (Batch batch : inFlight) batch.acknowledgedOffset = target.offsetOf(batch.records.getFirst());
        if (random.nextInt(4) == 0) resend(target, producer);
    }

    private Producer myProducer(PartitionLedger target) {
        for (Producer producer : target.producers) if (producer.client == number) return producer;
        var producer = new Producer(number, administration.newProducerId());
        target.producers.add(producer);
        return producer;
    }

    private static AppendResult send(Partition partition, Producer producer, Batch batch) {
        return partition.append(
                MemoryRecords.withIdempotentRecords(
                        Compression.NONE,
                        producer.id,
                        EPOCH,
                        batch.baseSequence,
                        simple(batch.records, batch.timestampMs)),
                AppendOrigin.CLIENT,
                ACKS_ALL);
    }

    /** Sends the last five batches again, as a client does that has heard nothing of them. */
    void resend(PartitionLedger target, Producer producer) {
        Partition partition = partition(target);
        int count = producer.batches.size();
        for (Batch batch : producer.batches.subList(Math.max(0, count - 5), count)) {
            long before = target.offsetOf(batch.records.getFirst());
            AppendResult result = send(partition, producer, batch);
            boolean known = before >= 0;
            if (result.duplicate() != known || known && result.firstOffset() != before) {
                throw new AssertionError(target.partition + ": batch of producer " + producer.id + ", sequence "
                        + batch.baseSequence + ", which was at offset " + before + ", was sent again: " + result);
            }
            if (batch.acknowledgedOffset >= 0 && batch.acknowledgedOffset != result.firstOffset()) {
                throw new AssertionError(target.partition + ": batch of producer " + producer.id + ", sequence "
                        + batch.baseSequence + ", acknowledged at offset " + batch.acknowledgedOffset
                        + ", was lost; sent again: " + result);
            }
            if (!known) target.placed(result.firstOffset(), batch.records);
            await(target, partition, result.endOffset());
            batch.acknowledgedOffset = result.firstOffset();
        }
    }

    /** The next step of a transaction: a batch, or its end. */
    private void transact(PartitionLedger target) {
        OpenTransaction open = transactions.computeIfAbsent(
                target, ignored -> new OpenTransaction(new Transaction(administration.newProducerId())));
        if (open.nextSequence > 0 && random.nextInt(3) == 0) {
            transactions.remove(target);
            end(target, open.transaction, random.nextBoolean() ? Outcome.COMMIT : Outcome.ABORT);
            return;
        }
        Partition partition = partition(target);
        List<SentRecord> records = newRecords(target, open.transaction);
        // As if the coordinator had been asked, and knew of the transaction.
        var start = new TransactionStart(open.transaction.producerId, EPOCH, open.nextSequence, false);
        AppendResult result = partition.append(
                MemoryRecords.withTransactionalRecords(
                        compression(), open.transaction.producerId, EPOCH, open.nextSequence, simple(records)),
                AppendTerms.verified(AppendOrigin.CLIENT, partition.startVerification(start)),
                ACKS_ALL);
        open.nextSequence += records.size();
        target.placed(result.firstOffset(), records);
        if (random.nextBoolean()) await(target, partition, result.endOffset());
    }

    /** What the transaction coordinator does at the end of a transaction. */
    void end(PartitionLedger target, Transaction transaction, Outcome outcome) {
        transaction.outcome = outcome;
        var type = outcome == Outcome.COMMIT ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        Partition partition = partition(target);
        AppendResult result = partition.append(
                MemoryRecords.withEndTransactionMarker(
                        transaction.producerId, EPOCH, new EndTransactionMarker(type, 0)),
                AppendOrigin.COORDINATOR,
                ACKS_ALL);
        target.placedMarker(result.firstOffset());
        await(target, partition, result.endOffset());
        transaction.ended = true;
    }

    // ---- maintenance ----

    private void maintain(PartitionLedger target, int dice) {
        Partition partition = partition(target);
        PartitionLog log = partition.log();
        switch (dice % 4) {
            case 0 -> log.roll();
            case 1 -> log.flush();
            case 2 -> broker.parts.logs.checkpointRecoveryPoints();
            case 3 -> shorten(target, partition, log);
            default -> throw new AssertionError(dice);
        }
    }

    private void shorten(PartitionLedger target, Partition partition, PartitionLog log) {
        if (target.kind != TopicKind.DELETED) return;
        try {
            if (random.nextBoolean()) {
                long from = log.logStartOffset();
                long offset = random.nextLong(from, partition.highWatermark() + 1);
                target.startedAt(offset);
                partition.deleteRecords(offset);
            }
            log.deleteOldSegments();
        } finally {
            target.startedAt(log.logStartOffset());
        }
    }

    // ---- groups and configurations ----

    private void coordinate(PartitionLedger target, int dice) {
        String group = "group-" + number + "-" + random.nextInt(2);
        if (dice > 92 && dice < 96 && coordinated != null) {
            coordinated.run(target.partition, random.nextInt(1000), random.nextInt(3) > 0);
        } else if (dice < 96) administration.commitOffset(group, target.partition, random.nextInt(1000));
        else if (dice < 98) administration.deleteOffset(group, target.partition);
        else administration.changeConfig(ledger.topics.get(target.partition.topic()), random.nextInt(1_000_000));
    }
}
