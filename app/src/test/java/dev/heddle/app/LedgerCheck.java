package dev.heddle.app;

import dev.heddle.app.Ledger.Existence;
import dev.heddle.app.PartitionLedger.Outcome;
import dev.heddle.app.PartitionLedger.Producer;
import dev.heddle.app.PartitionLedger.Transaction;
import dev.heddle.common.AnswerException;
import dev.heddle.log.PartitionLog;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Compares a broker that has just started with what its predecessors have promised, and goes on with what their clients
 * would go on with. One thread uses it. An {@link AssertionError} says what is wrong.
 */
final class LedgerCheck {

    private static final int MAX_TRIES = 100;
    private static final Set<String> INTERNAL = Set.of(Administration.OFFSETS_TOPIC, CoordinatedTransactions.TOPIC);

    private final SmallBroker broker;
    private final Ledger ledger;
    private final boolean durable;
    private final Administration administration;

    /** @param durable whether all that is found is on the medium: the power was cut, not only the process killed */
    LedgerCheck(SmallBroker broker, Ledger ledger, boolean durable) {
        this.broker = broker;
        this.ledger = ledger;
        this.durable = durable;
        this.administration = new Administration(broker, ledger);
    }

    void run() throws IOException {
        checkTopics();
        for (PartitionLedger partition : ledger.partitions()) check(partition);
        for (int client = 0; client < Machine.CLIENTS; client++) {
            new CoordinatedTransactions(client, broker, ledger).check();
        }
        checkOffsets();
    }

    /** As {@link #run}, as far as a directory that has failed allows. */
    void runWhereOnline() throws IOException {
        checkTopics();
        for (PartitionLedger partition : ledger.partitions()) {
            if (broker.isOnline(partition.partition)) check(partition);
        }
    }

    // ---- topics ----

    private void checkTopics() {
        MetadataImage image = broker.parts.metadata.image();
        for (Ledger.Topic topic : ledger.topics.values()) {
            TopicImage found = image.topics().topic(topic.name);
            if (found == null && topic.existence == Existence.EXISTS) throw fault(topic, "is gone");
            if (found != null && topic.existence == Existence.GONE) throw fault(topic, "has come back");
            topic.existence = found == null ? Existence.GONE : Existence.EXISTS;
            if (found != null) checkTopic(topic, found, image);
        }
        for (TopicImage found : image.topics().all()) {
            if (!ledger.topics.containsKey(found.name()) && !INTERNAL.contains(found.name()))
                throw new AssertionError("invented topic: " + found.name());
        }
        if (image.topics().topic(Administration.OFFSETS_TOPIC) == null) {
            if (!ledger.offsets.isEmpty()) throw new AssertionError("the offsets' topic is gone");
            administration.createOffsetsTopic();
        }
    }

    private static AssertionError fault(Ledger.Topic topic, String what) {
        return new AssertionError(topic.name + " " + what);
    }

    private void checkTopic(Ledger.Topic topic, TopicImage found, MetadataImage image) {
        if (!topic.id.equals(org.apache.kafka.common.Uuid.ZERO_UUID) && !topic.id.equals(found.id()))
            throw fault(topic, "has another id");
        topic.id = found.id();
        if (found.partitions().size() != topic.partitions.size()) throw fault(topic, "has lost partitions");
        Map<String, String> config = image.configs().of(new ConfigResource(ConfigResource.Type.TOPIC, topic.name));
        String setting = config.getOrDefault(Administration.CHANGED_KEY, "");
        if (!topic.flushMs.contains(setting)) {
            throw fault(topic, "has the setting " + setting + " instead of one of " + topic.flushMs);
        }
        topic.flushMs.clear();
        topic.flushMs.add(setting);
        topic.kind.config().forEach((key, value) -> {
            if (!value.equals(config.get(key))) throw fault(topic, "has lost its setting " + key);
        });
    }

    // ---- records ----

    private void check(PartitionLedger partition) throws IOException {
        PartitionLog log = broker.parts.replicas.partition(partition.partition).log();
        partition.log = log;
        RecordCheck records = checkRecords(partition, log);
        partition.replaceBy(records.content.ids, log.logStartOffset());
        if (durable) partition.committed(log.logEndOffset());
    }

    private static RecordCheck checkRecords(PartitionLedger partition, PartitionLog log) throws IOException {
        for (int tries = 0; ; tries++) {
            var records = new RecordCheck(partition, log);
            try {
                records.run();
                return records;
            } catch (AnswerException | ClosedChannelException e) {
                // Retention or the cleaner may have taken away what was about to be read.
                if (tries == MAX_TRIES || !log.directory().online()) throw e;
            }
        }
    }

    /** The records of one partition. */
    private static final class RecordCheck {

        final LogContent content;
        private final PartitionLedger partition;
        private final PartitionLog log;
        private final HashSet<Long> seen = new HashSet<>();

        /** Of each key, the last offset. */
        private final Map<String, Long> lastOfKey = new HashMap<>();

        RecordCheck(PartitionLedger partition, PartitionLog log) {
            this.partition = partition;
            this.log = log;
            this.content = new LogContent(log, partition.kind != TopicKind.COMPACTED, this::check);
        }

        private AssertionError fault(String what) {
            return new AssertionError(log + " of a topic that is " + partition.kind + ": " + what);
        }

        void run() throws IOException {
            // What was never synced may be lost at the beginning too.
            boolean promised = partition.committedEnd() > partition.highestStart();
            if (promised && partition.startWhenLoaded > partition.highestStart()) {
                throw fault("it begins behind " + partition.highestStart());
            }
            if (log.logEndOffset() < partition.committedEnd()) {
                throw fault("it was acknowledged up to " + partition.committedEnd());
            }
            content.read();
            checkPlaces();
            checkTransactions();
        }

        private void check(long offset, Record record, RecordBatch batch) {
            SentRecord found = SentRecord.of(record);
            if (!found.is(record)) throw fault("torn record at " + offset);
            if (!partition.wasSent(found.id())) throw fault("invented record at " + offset + ": " + found);
            if (!seen.add(found.id())) throw fault("a second time at " + offset + ": " + found);
            lastOfKey.put(found.key(), offset);
        }

        private void checkPlaces() {
            partition.placed().forEach((offset, id) -> {
                if (offset < log.logStartOffset() || offset >= log.logEndOffset()) return;
                Long found = content.ids.get(offset);
                if (found == null && isSuperseded(offset, id)) return;
                // Before a crash another record may have been there that was never committed.
                if (!id.equals(found) && offset < partition.committedEnd()) {
                    throw fault("at " + offset + " was record " + id + " and is " + found);
                }
                if (found != null && !id.equals(found)) throw fault("at " + offset + " is " + found + ", was " + id);
            });
        }

        private boolean isSuperseded(long offset, long id) {
            return partition.kind == TopicKind.COMPACTED
                    && lastOfKey.getOrDefault(new SentRecord(id).key(), -1L) > offset;
        }

        private void checkTransactions() {
            var last = new HashMap<Long, Transaction>();
            for (long id : content.ids.values()) {
                Transaction transaction = id < 0 ? null : partition.transactionOf(id);
                if (transaction != null) last.put(transaction.producerId, transaction);
            }
            for (Map.Entry<Long, Boolean> end : content.ends) {
                Transaction transaction = last.get(end.getKey());
                Outcome outcome = end.getValue() ? Outcome.ABORT : Outcome.COMMIT;
                if (transaction != null && transaction.outcome != outcome) throw fault("invented marker: " + end);
            }
        }
    }

    // ---- offsets ----

    private void checkOffsets() {
        ledger.offsets.forEach((key, values) -> {
            Ledger.Topic topic = ledger.topics.get(key.partition().topic());
            if (topic.existence != Existence.EXISTS) return;
            long found = administration.fetchOffset(key.group(), key.partition());
            if (!values.contains(found)) {
                throw new AssertionError(key + " is " + found + " and should be one of " + values);
            }
            if (!durable) return;
            values.clear();
            values.add(found);
        });
    }

    // ---- what clients go on with ----

    /** Sends again what was not acknowledged, and ends what is open. */
    void goOn() {
        var client = new Workload(0, 0, broker, ledger);
        for (PartitionLedger partition : ledger.partitions()) {
            if (!broker.isOnline(partition.partition)) continue;
            for (Producer producer : partition.producers) client.resend(partition, producer);
            for (Transaction transaction : openTransactions(partition)) {
                client.end(
                        partition, transaction, transaction.outcome == Outcome.COMMIT ? Outcome.COMMIT : Outcome.ABORT);
            }
        }
    }

    private static List<Transaction> openTransactions(PartitionLedger partition) {
        var open = new HashMap<Long, Transaction>();
        for (long id : partition.placed().values()) {
            Transaction transaction = id < 0 ? null : partition.transactionOf(id);
            if (transaction != null && !transaction.ended) open.put(transaction.producerId, transaction);
        }
        return List.copyOf(open.values());
    }
}
