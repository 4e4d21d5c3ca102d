package dev.heddle.coordinator;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Waiter;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.ProducerIdsBlock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/** A transaction coordinator on logs in memory and a clock that the test moves, and clients for it. */
final class TransactionRig implements AutoCloseable {

    static final String ID = "payments";
    static final int TIMEOUT_MS = 60_000;
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    static final TopicPartition INVOICES = new TopicPartition("invoices", 1);

    /** What was written to partitions. */
    record Written(TransactionMarker marker, Set<TopicPartition> partitions) {}

    /** Writes markers down, or does not. */
    static final class FakeMarkers implements MarkerWriter {

        final List<Written> written = new ArrayList<>();
        final Map<TopicPartition, Errors> failures = new TreeMap<>(Comparator.comparing(TopicPartition::toString));

        @Override
        public Map<TopicPartition, Errors> write(
                TransactionMarker marker, Collection<TopicPartition> partitions, Waiter waiter) {
            written.add(new Written(marker, Set.copyOf(partitions)));
            var results = new HashMap<TopicPartition, Errors>();
            for (TopicPartition each : partitions) results.put(each, failures.getOrDefault(each, Errors.NONE));
            return results;
        }

        Written last() {
            return written.getLast();
        }
    }

    /** Partitions of these topics exist, and are led unless they are named. */
    record FakeTargets(Set<String> topics, Set<TopicPartition> withoutLeader) implements MarkerTargets {

        @Override
        public boolean exists(TopicPartition partition) {
            return topics.contains(partition.topic());
        }

        @Override
        public boolean isLed(TopicPartition partition) {
            return !withoutLeader.contains(partition);
        }
    }

    final ManualTime time = new ManualTime(1_700_000_000_000L);
    final DirectScheduler scheduler = new DirectScheduler();
    final Map<Integer, InMemoryCoordinatorLog> logs = new HashMap<>();
    final FakeMarkers markers = new FakeMarkers();
    final Set<String> topics = new HashSet<>(Set.of(ORDERS.topic(), INVOICES.topic()));
    final Set<TopicPartition> withoutLeader = new HashSet<>();
    final MetricRegistry metrics = new MetricRegistry();
    final Uuid topicId = new Uuid(9, 9);
    final TransactionConfig config;
    short version = 2;
    long nextProducerId = 1_000;
    TransactionCoordinator coordinator;

    TransactionRig() {
        this(Map.of());
    }

    TransactionRig(Map<String, String> overrides) {
        var values = new HashMap<>(Map.of("log.dirs", "unused", "transaction.state.log.num.partitions", "1"));
        values.putAll(overrides);
        config = TransactionConfig.from(
                new AbstractConfig(TransactionConfig.define(LogManagerConfig.define(new ConfigDef())), values, false));
        for (int i = 0; i < config.topic().partitions(); i++) logs.put(i, new InMemoryCoordinatorLog());
        coordinator = newCoordinator();
        lead();
    }

    private TransactionCoordinator newCoordinator() {
        CoordinatorLog.Opener opener = partition -> {
            InMemoryCoordinatorLog log = logs.get(partition);
            if (log == null) throw new AnswerException(Errors.NOT_LEADER_OR_FOLLOWER);
            return log;
        };
        var surroundings = new TransactionCoordinator.Surroundings(
                opener,
                new FakeTargets(topics, withoutLeader),
                markers,
                new ProducerIdManager(() -> new ProducerIdsBlock(nextProducerId++, 1)),
                () -> version);
        var started = new TransactionCoordinator(
                config, surroundings, new TransactionCoordinator.Tools(time, scheduler, metrics));
        started.activate();
        return started;
    }

    void lead() {
        coordinator
                .partitions()
                .update(
                        topicId,
                        IntStream.range(0, config.topic().partitions()).boxed().collect(Collectors.toSet()));
    }

    /** The broker stops and starts again, on the same logs. */
    void restart() {
        coordinator.close();
        coordinator = newCoordinator();
        lead();
    }

    InMemoryCoordinatorLog log() {
        return logs.get(0);
    }

    Waiter waiter() {
        return new Waiter(time);
    }

    // ---- what clients do ----

    static InitProducerIdRequestData request() {
        return new InitProducerIdRequestData().setTransactionalId(ID).setTransactionTimeoutMs(TIMEOUT_MS);
    }

    InitProducerIdResponseData init(InitProducerIdRequestData request) {
        return coordinator.initProducerId(request, waiter());
    }

    /** Begins as a producer. */
    ProducerIdAndEpoch init() {
        InitProducerIdResponseData answer = init(request());
        Rig.expect(Errors.NONE, answer.errorCode());
        return new ProducerIdAndEpoch(answer.producerId(), answer.producerEpoch());
    }

    /** Goes on as a producer, after an error. */
    InitProducerIdResponseData goOn(ProducerIdAndEpoch producer) {
        return init(request().setProducerId(producer.producerId).setProducerEpoch(producer.epoch));
    }

    Errors add(ProducerIdAndEpoch producer, TopicPartition... partitions) {
        return coordinator.addPartitions(ID, producer, Set.of(partitions), version, waiter());
    }

    EndTxnResponseData end(ProducerIdAndEpoch producer, boolean commit) {
        return end(producer, commit, version);
    }

    EndTxnResponseData end(ProducerIdAndEpoch producer, boolean commit, int clientVersion) {
        var request = new EndTxnRequestData()
                .setTransactionalId(ID)
                .setProducerId(producer.producerId)
                .setProducerEpoch(producer.epoch)
                .setCommitted(commit);
        return coordinator.endTransaction(request, (short) clientVersion, waiter());
    }

    Errors endError(ProducerIdAndEpoch producer, boolean commit) {
        return Errors.forCode(end(producer, commit).errorCode());
    }

    static ProducerIdAndEpoch producer(long id, int epoch) {
        return new ProducerIdAndEpoch(id, (short) epoch);
    }

    // ---- what is ----

    TransactionMetadata metadata() {
        return metadata(ID);
    }

    TransactionMetadata metadata(String transactionalId) {
        return coordinator
                .partitions()
                .of(transactionalId)
                .find(transactionalId)
                .metadata();
    }

    TransactionState state() {
        return metadata().state();
    }

    /** Writes a state to the log as another broker would have, and loads it. */
    void load(TransactionMetadata metadata) {
        log().append(TransactionRecords.transaction(ID, metadata, version, time.milliseconds()));
        restart();
    }

    @Override
    public void close() {
        coordinator.close();
    }
}
